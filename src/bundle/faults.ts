import type { CheckpointFault } from '../ledger/checkpoint.ts';
import { toldOfFault } from '../ledger/fault-texts.ts';
import type { KeyFault } from '../ledger/note-keys.ts';
import { formatTilePath, type Tile } from '../ledger/tile.ts';

/** What is wrong with a folder for auditors. Entry numbers count from 0. */
export type BundleFault =
  /** There is nothing to verify: no such folder, or a part that must be there is missing or empty. */
  | { readonly fault: 'nothing-to-verify'; readonly path: string }
  | { readonly fault: 'signature'; readonly of: 'checkpoint' | 'older-checkpoint'; readonly why: CheckpointFault }
  | { readonly fault: 'key'; readonly why: KeyFault }
  /** The checkpoint of the folder is of another registry than the key. */
  | { readonly fault: 'other-registry'; readonly origin: string }
  | { readonly fault: 'missing-events'; readonly from: number; readonly to: number }
  | { readonly fault: 'swapped-event' | 'inserted-event' | 'changed-event'; readonly entryNumber: number }
  | { readonly fault: 'tail-cut' | 'events-beyond'; readonly size: number; readonly expected: number }
  | { readonly fault: 'cut-line' | 'oversized-event' | 'malformed-event' | 'time-went-back'; readonly line: number }
  /** The events do not give the root that was signed, and the tiles do not say which one it is. */
  | { readonly fault: 'other-root' }
  | { readonly fault: 'wrong-tile' | 'missing-tile'; readonly tile: Tile }
  | { readonly fault: 'older-ledger'; readonly size: number; readonly known: number }
  | { readonly fault: 'split-view' | 'history-changed'; readonly size: number }
  | { readonly fault: 'malformed-texts'; readonly line: number }
  | {
      readonly fault: 'missing-text' | 'wrong-text' | 'text-without-digest';
      readonly entryNumber: number;
      readonly place: string;
    }
  | {
      readonly fault: 'wrong-revision' | 'does-not-fit' | 'no-second-person';
      readonly entryNumber: number;
      readonly type: string;
    }
  | { readonly fault: 'malformed-statement'; readonly line: number }
  | { readonly fault: 'other-rules'; readonly line: number; readonly rules: number }
  | { readonly fault: 'statement-beyond'; readonly line: number; readonly size: number }
  | {
      readonly fault: 'wrong-statement';
      readonly line: number;
      readonly target: string;
      readonly on: string;
      readonly members: readonly string[];
    };

export type Told = { readonly zh: string; readonly en: string };
const told = (zh: string, en: string): Told => ({ zh, en });

/** A sentence in both languages for each fault. */
export const toldOfBundle = (fault: BundleFault): Told => {
  switch (fault.fault) {
    case 'nothing-to-verify':
      return told(
        `没有可核对的内容：${fault.path} 不存在或为空`,
        `There is nothing to verify: ${fault.path} is missing or empty`,
      );
    case 'signature': {
      const { zh, en } = toldOfFault(fault.why);
      return fault.of === 'checkpoint'
        ? told(`checkpoint：${zh}`, `checkpoint: ${en}`)
        : told(`旧检查点：${zh}`, `The older checkpoint: ${en}`);
    }
    case 'key':
      return toldOfFault(fault.why);
    case 'other-registry':
      return told(`此文件夹属于另一登记系统：${fault.origin}`, `This folder is of another registry: ${fault.origin}`);
    case 'older-ledger':
      return told(
        `台账仅有 ${fault.size} 条，而旧检查点已有 ${fault.known} 条：可能恢复了较早的备份`,
        `The ledger has ${fault.size} events, and the older checkpoint ${fault.known}: an older backup may have been restored`,
      );
    case 'split-view':
      return told(
        `同为 ${fault.size} 条，却签名了两个不同的根哈希：向不同的人出示了不同的台账`,
        `Two different roots were signed for the same ${fault.size} events: different ledgers were shown to different people`,
      );
    case 'history-changed':
      return told(
        `旧检查点所签名的前 ${fault.size} 条此后被改动`,
        `Something in the first ${fault.size} events was changed since the older checkpoint was signed`,
      );
    case 'other-root':
      return told('事件与已签名的根哈希不符', 'The events do not give the root that was signed');
    case 'wrong-tile':
      return told(
        `${formatTilePath(fault.tile)} 与事件不符`,
        `${formatTilePath(fault.tile)} does not have the hashes of the events`,
      );
    case 'missing-tile':
      return told(`缺少 ${formatTilePath(fault.tile)}`, `${formatTilePath(fault.tile)} is missing`);
    default:
      return toldOfContent(fault);
  }
};

type ContentFault = Exclude<
  BundleFault,
  {
    readonly fault:
      | 'nothing-to-verify'
      | 'signature'
      | 'key'
      | 'other-registry'
      | 'older-ledger'
      | 'split-view'
      | 'history-changed'
      | 'other-root'
      | 'wrong-tile'
      | 'missing-tile';
  }
>;

const toldOfContent = (fault: ContentFault): Told => {
  switch (fault.fault) {
    case 'missing-events':
      return fault.from === fault.to
        ? told(`缺少台账第 ${fault.from} 条`, `Entry number ${fault.from} is missing`)
        : told(`缺少台账第 ${fault.from} 至 ${fault.to} 条`, `Entry numbers ${fault.from} to ${fault.to} are missing`);
    case 'swapped-event':
      return told(
        `台账第 ${fault.entryNumber} 条不在其位置上`,
        `Entry number ${fault.entryNumber} is not in its place`,
      );
    case 'inserted-event':
      return told(
        `台账第 ${fault.entryNumber} 条出现两次：有一条是插入的`,
        `Entry number ${fault.entryNumber} stands twice: one was inserted`,
      );
    case 'changed-event':
      return told(
        `台账第 ${fault.entryNumber} 条被改动：与已签名的哈希不符`,
        `Entry number ${fault.entryNumber} was changed: it does not have the hash that was signed`,
      );
    case 'tail-cut':
      return told(
        `末尾被截：检查点签名了 ${fault.expected} 条，此处仅有 ${fault.size} 条`,
        `The end is cut off: the checkpoint signs ${fault.expected} events, and ${fault.size} are here`,
      );
    case 'events-beyond':
      return told(
        `多出事件：检查点签名了 ${fault.expected} 条，此处有 ${fault.size} 条`,
        `There are too many events: the checkpoint signs ${fault.expected}, and ${fault.size} are here`,
      );
    case 'cut-line':
      return told(`events.ndjson 第 ${fault.line} 行不完整`, `Line ${fault.line} of events.ndjson is cut off`);
    case 'oversized-event':
      return told(
        `events.ndjson 第 ${fault.line} 行超过 65,535 字节`,
        `Line ${fault.line} of events.ndjson has more than 65,535 bytes`,
      );
    case 'malformed-event':
      return told(
        `events.ndjson 第 ${fault.line} 行不是规范 JSON 形式的事件`,
        `Line ${fault.line} of events.ndjson is not an event as canonical JSON`,
      );
    case 'time-went-back':
      return told(
        `events.ndjson 第 ${fault.line} 行的时间早于上一行`,
        `Line ${fault.line} of events.ndjson is earlier than the line before it`,
      );
    case 'malformed-texts':
      return told(
        `texts.ndjson 第 ${fault.line} 行的格式不正确或次序不对`,
        `Line ${fault.line} of texts.ndjson is malformed or out of order`,
      );
    case 'missing-text':
      return told(
        `台账第 ${fault.entryNumber} 条缺少文字 ${fault.place}，且无清除记录`,
        `The text ${fault.place} of entry number ${fault.entryNumber} is missing, and no event says that it was erased`,
      );
    case 'wrong-text':
      return told(
        `台账第 ${fault.entryNumber} 条的文字 ${fault.place} 或其盐值与摘要不符`,
        `The text ${fault.place} of entry number ${fault.entryNumber}, or its salt, does not match its digest`,
      );
    case 'text-without-digest':
      return told(
        `台账第 ${fault.entryNumber} 条没有文字 ${fault.place} 的摘要`,
        `Entry number ${fault.entryNumber} has no digest for the text ${fault.place}`,
      );
    default:
      return toldOfCounting(fault);
  }
};

type CountingFault = Extract<
  BundleFault,
  {
    readonly fault:
      | 'wrong-revision'
      | 'does-not-fit'
      | 'no-second-person'
      | 'malformed-statement'
      | 'other-rules'
      | 'statement-beyond'
      | 'wrong-statement';
  }
>;

const toldOfCounting = (fault: CountingFault): Told => {
  switch (fault.fault) {
    case 'wrong-revision':
      return told(
        `台账第 ${fault.entryNumber} 条（${fault.type}）在其登记项中的次序不对`,
        `Entry number ${fault.entryNumber} (${fault.type}) does not follow the event before it of its entry`,
      );
    case 'does-not-fit':
      return told(
        `记录台账第 ${fault.entryNumber} 条（${fault.type}）之后，其登记项的历史不成立`,
        `After entry number ${fault.entryNumber} (${fault.type}), the history of its entry is not valid`,
      );
    case 'no-second-person':
      return told(
        `台账第 ${fault.entryNumber} 条（${fault.type}）改变了数字，但未经第二人批准`,
        `Entry number ${fault.entryNumber} (${fault.type}) moved a number without a second person`,
      );
    case 'malformed-statement':
      return told(
        `statements.ndjson 第 ${fault.line} 行不是数字声明`,
        `Line ${fault.line} of statements.ndjson is not a statement`,
      );
    case 'other-rules':
      return told(
        `statements.ndjson 第 ${fault.line} 行依据的是第 ${fault.rules} 版计数规则，本程序不掌握`,
        `Line ${fault.line} of statements.ndjson follows version ${fault.rules} of the counting rules, which this release does not know`,
      );
    case 'statement-beyond':
      return told(
        `statements.ndjson 第 ${fault.line} 行涉及台账前 ${fault.size} 条，超出检查点`,
        `Line ${fault.line} of statements.ndjson is about ${fault.size} events, more than the checkpoint signs`,
      );
    case 'wrong-statement':
      return told(
        `statements.ndjson 第 ${fault.line} 行（${fault.target}，${fault.on}）与重新计数的结果不符：${fault.members.join('、')}`,
        `Line ${fault.line} of statements.ndjson (${fault.target} on ${fault.on}) is not what the events give: ${fault.members.join(', ')}`,
      );
  }
};
