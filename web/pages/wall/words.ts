const zh = {
  leave: '退出大屏',
  hint: 'Esc 退出 · 空格 暂停 · ← → 换一项 · F 全屏',
  hintStill: 'Esc 退出 · F 全屏',
  paused: '已暂停',
  place: (index: string, all: string) => `第 ${index} 项，共 ${all} 项`,
};

const en: typeof zh = {
  leave: 'Leave the wall view',
  hint: 'Esc leaves · Space pauses · ← → another target · F full screen',
  hintStill: 'Esc leaves · F full screen',
  paused: 'Paused',
  place: (index, all) => `${index} of ${all}`,
};

export const wallWords = { zh, en };
