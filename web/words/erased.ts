/** What free texts are called that were erased, by their names; others by the name itself. */
const zh: Readonly<Record<string, string>> = {
  note: '备注',
  evidence: '佐证材料',
  reason: '理由',
  basis: '删除依据',
  panel: '评审专家组',
  file: '文件名',
  sheet: '工作表',
};
const en: Readonly<Record<string, string>> = {
  note: 'note',
  evidence: 'evidence',
  reason: 'reason',
  basis: 'basis of the erasure',
  panel: 'panel',
  file: 'name of the file',
  sheet: 'sheet',
};

const listed = (titles: Readonly<Record<string, string>>, separator: string) => (names: readonly string[]) =>
  names.map((name) => titles[name] ?? name).join(separator);

export const erasedWords = { zh: listed(zh, '、'), en: listed(en, ', ') };
