/** What the page says of proofs and of the key that they are checked by. */

const zh = {
  proof: {
    check: (number: string) => `核对第 ${number} 条的证明`,
    has: (size: string) => `核对通过：登记系统签名的台账（前 ${size} 条）含有此事件，与所示内容一致`,
    texts: '自由文字须凭其盐值核对，盐值在导出的审计文件夹中。',
    noKey: '请先填写您信任的验证密钥。',
    toKey: '填写密钥',
  },
  key: {
    title: '信任的验证密钥',
    intro: '证明在本浏览器中核对，只凭您从他处取得的密钥。密钥只保存在本浏览器中，退出登录后仍保留。',
    field: '登记系统的验证密钥',
    hint: '请向登记机关索取，不要从本服务器取得（./registry ledger key 会打印）。',
    pin: '信任此密钥',
    unpin: '不再信任',
    name: '名称',
    id: '密钥编号',
    whole: '密钥',
    seen: '见过的台账条数',
    good: (size: string) => `服务器的检查点由此密钥签名，涵盖前 ${size} 条`,
    differs: '服务器出示的检查点与此密钥或此前见过的台账不符：',
  },
  folder: {
    title: '审计文件夹',
    intro: '已签名的全部事件与数字，可用其中的 verify.html 或 ./registry verify 离线核对。',
    whole: '下载（含自由文字）',
    bare: '下载（不含自由文字）',
  },
};

const en: typeof zh = {
  proof: {
    check: (number) => `Check the proof of No. ${number}`,
    has: (size) => `Verified: the signed ledger of ${size} events has this event, as it is shown`,
    texts: 'Free texts are checked with their salts, which the folder for auditors has.',
    noKey: 'First give the key that you trust.',
    toKey: 'Give a key',
  },
  key: {
    title: 'Pinned key',
    intro:
      'Proofs are checked in this browser, by a key that you have from elsewhere. It is kept in this browser alone, also after you sign out.',
    field: 'Verifier key of the registry',
    hint: 'Get it from the office and not from this server (./registry ledger key prints it).',
    pin: 'Pin this key',
    unpin: 'Unpin',
    name: 'Name',
    id: 'Key id',
    whole: 'Key',
    seen: 'Events of the ledger seen so far',
    good: (size) => `The server’s checkpoint is signed by this key and covers ${size} events`,
    differs: 'The checkpoint of the server does not go with this key, or with the ledger that you have seen:',
  },
  folder: {
    title: 'Folder for auditors',
    intro: 'All signed events and figures, to be verified offline by its verify.html or ./registry verify.',
    whole: 'Download with free texts',
    bare: 'Download without free texts',
  },
};

export const proofWords = { zh, en };
