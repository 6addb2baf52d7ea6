import { textErased } from '../../domain/erasure.ts';
import { returned, submitted, withdrawn } from '../../domain/event.ts';
import type { Text } from '../../domain/field.ts';
import { annul, correct } from '../../domain/register.ts';
import { registerNamed, registers } from '../../domain/registers/index.ts';

const titles: Readonly<Record<string, Text>> = {
  [correct.event]: correct.title,
  [annul.event]: annul.title,
  [submitted]: { zh: '提交复核', en: 'Submitted' },
  [returned]: { zh: '退回提交', en: 'Submission returned' },
  [withdrawn]: { zh: '撤回提交', en: 'Submission withdrawn' },
  [textErased]: { zh: '删除文字', en: 'Texts erased' },
  ImportStarted: { zh: '导入开始', en: 'Import started' },
  ImportRowsRefused: { zh: '导入的行被拒绝', en: 'Rows of an import rejected' },
  ImportFinished: { zh: '导入结束', en: 'Import finished' },
  ImportDecisionStarted: { zh: '整批处理开始', en: 'Decision on an import started' },
  ImportSubmissionsLeft: { zh: '整批处理中未处理的项', en: 'Left undecided by a decision on an import' },
  ImportDecisionFinished: { zh: '整批处理结束', en: 'Decision on an import finished' },
  LedgerKeyRotated: { zh: '启用新的台账签名密钥', en: 'Ledger key rotated' },
  LedgerKeyRetired: { zh: '停用原台账签名密钥', en: 'Former ledger key retired' },
};

/** The types of events that are the same for every register, those of imports, and those of the ledger’s keys. */
export const commonEvents = Object.entries(titles).map(([event, { zh, en }]) => ({ event, title: { zh, en } }));

/** The types of events that this release knows. */
export const eventTypes: readonly string[] = [
  ...new Set([...registers.flatMap(({ facts }) => facts.map(({ event }) => event)), ...Object.keys(titles)]),
];

/** What a type of event is called; a type that this release does not know is called by its name. */
export const eventTitle = (register: string, type: string): Text =>
  registerNamed(register)?.facts.find(({ event }) => event === type)?.title ?? titles[type] ?? { zh: type, en: type };
