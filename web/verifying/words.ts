/** What verify.html says. */

const zh = {
  title: '核对审计文件夹',
  intro:
    '在本浏览器中核对登记系统导出的文件夹：事件、签名、文字与每个数字。不联网，不上传任何内容。本文件如来自待核对的文件夹，则与该文件夹同样不可轻信：请使用从他处取得的一份，或使用 ./registry verify。',
  other: 'English',
  tooOld: '此浏览器版本过旧，无法核对。请更新浏览器，或使用 ./registry verify。',
  folder: '文件夹',
  folderHint: '也可将文件夹拖到此处。',
  chosen: (name: string, count: number) => `${name}：${count} 个文件`,
  noFolder: '请选择要核对的文件夹',
  notFolder: '拖入的不是文件夹，请拖入整个文件夹',
  key: '登记系统的验证密钥',
  keyHint:
    '须从该文件夹以外取得（./registry ledger key 会打印）；密钥更换过的，可填多个，以空格分开。没有密钥，也没有旧检查点，就只能核对内部是否一致。',
  older: '旧检查点',
  olderHint: '您此前保存的检查点，可证明其后没有改动过此前的记录。',
  olderFile: '从文件读入旧检查点',
  witnesses: '见证方的验证密钥',
  witnessesHint: '每行一个；所列见证方均须已联署。',
  verify: '核对',
  cancel: '取消',
  cancelled: '已取消',
  progress: '进度',
  percent: (percent: number) => `已完成 ${percent}%`,
  result: '结果',
  anchor: '请填写来自他处的密钥或旧检查点，再核对一次。',
  failed: (reason: string) => `无法读取文件夹：${reason}`,
};

const en: typeof zh = {
  title: 'Verify a folder for auditors',
  intro:
    'Checks a folder that the registry has exported, in this browser: events, signatures, texts and every figure. It uses no network and sends nothing. If this file came with the folder, do not trust it more than the folder: use one that you have from elsewhere, or ./registry verify.',
  other: '中文',
  tooOld: 'This browser is too old to verify. Update it, or use ./registry verify.',
  folder: 'Folder',
  folderHint: 'You can also drop the folder here.',
  chosen: (name, count) => `${name}: ${count === 1 ? '1 file' : `${count} files`}`,
  noFolder: 'Choose the folder to verify',
  notFolder: 'What you dropped is not a folder; drop the whole folder',
  key: 'Verifier key of the registry',
  keyHint:
    'Get it from elsewhere than the folder (./registry ledger key prints it). If it was rotated, give several, with spaces between. With neither a key nor an older checkpoint, the folder can only be found consistent.',
  older: 'Older checkpoint',
  olderHint: 'One that you have kept. It proves that nothing before it was changed since.',
  olderFile: 'Read the older checkpoint from a file',
  witnesses: 'Verifier keys of witnesses',
  witnessesHint: 'One a line; all of them must have cosigned.',
  verify: 'Verify',
  cancel: 'Cancel',
  cancelled: 'Cancelled',
  progress: 'Progress',
  percent: (percent) => `${percent}% done`,
  result: 'Result',
  anchor: 'Give a key or an older checkpoint from elsewhere, and verify again.',
  failed: (reason) => `The folder cannot be read: ${reason}`,
};

export const verifyingWords = { zh, en };
