import type { NoLeaf } from '../../domain/leaf.ts';
import type { AuditFault } from './audit-fault.ts';
import type { CheckpointFault } from './checkpoint.ts';
import type { KeyFault } from './note-keys.ts';
import type { ProofFault } from './proof.ts';
import type { SigningFault } from './signing-fault.ts';
import { type BundleFault, formatTilePath, type TileFault } from './tile.ts';
import type { WitnessFault } from './witness-client.ts';

type Told = { readonly zh: string; readonly en: string };

const told = (zh: string, en: string): Told => ({ zh, en });

const withoutLeaf: Readonly<Record<NoLeaf, Told>> = {
  'too-long': told('超过 65,535 字节', 'it would have more than 65,535 bytes'),
  'not-json': told('内容不是 JSON', 'what it says is not JSON'),
  'other-hands': told('不是由本登记系统记录的', 'the registry has not recorded it'),
};

/** A sentence in both languages for everything that verifying can find; none shows a key or a text that is not trusted. */
export const toldOfFault = (
  fault: CheckpointFault | ProofFault | KeyFault | TileFault | BundleFault | SigningFault | WitnessFault,
): Told => {
  switch (fault.fault) {
    case 'other-root':
      return told('各级哈希与已签名的根哈希不符', 'The hashes do not give the root that was signed');
    case 'wrong-tile': {
      const path = formatTilePath(fault.tile);
      return told(`${path} 的内容与上一级的哈希不符`, `${path} does not give its hash in the level above`);
    }
    case 'cut-bundle':
      return told('条目包不完整，在某一条目中间结束', 'The bundle ends inside an entry');
    case 'bundle-count':
      return told(
        `条目包含 ${fault.count} 条，与哈希数不符`,
        `The bundle has ${fault.count} entries, not one for each hash`,
      );
    case 'wrong-leaf':
      return told(
        `条目包中的第 ${fault.index + 1} 条与其哈希不符`,
        `Entry ${fault.index + 1} of the bundle does not have its hash`,
      );
    case 'short-ledger':
      return told(
        `level-0 仅有 ${fault.size} 个哈希，应不少于 ${fault.expected} 个`,
        `level-0 has ${fault.size} hashes; at least ${fault.expected} must be there`,
      );
    case 'wrong-edge':
      return told(
        `level-${fault.level} 与 level-${fault.level + 1} 的末尾不符`,
        `level-${fault.level} and level-${fault.level + 1} do not agree at their ends`,
      );
    case 'no-leaf':
      return told(
        `台账第 ${fault.entryNumber} 条（${fault.type} ${fault.event}）没有叶子：${withoutLeaf[fault.noLeaf].zh}`,
        `Entry number ${fault.entryNumber} (${fault.type} ${fault.event}) has no leaf: ${withoutLeaf[fault.noLeaf].en}`,
      );
    case 'other-event':
      return told(
        `存储中的台账第 ${fault.entryNumber} 条与本节点当时哈希的不同`,
        `The store has another event at entry number ${fault.entryNumber} than the one that this node has hashed`,
      );
    case 'short-store':
      return told(
        `存储中有 ${fault.size} 条，而本节点已哈希 ${fault.hashed} 条`,
        `The store has ${fault.size} events, and this node has hashed ${fault.hashed}`,
      );
    case 'malformed-proof':
      return told('此文件不是 tlog-proof 格式的证明', 'This is not a proof in the format tlog-proof');
    case 'other-index':
      return told(`此证明针对台账第 ${fault.index} 条`, `This proof is for entry number ${fault.index}`);
    case 'beyond-checkpoint':
      return told(
        `检查点只涵盖台账的前 ${fault.size} 条`,
        `The checkpoint covers only the first ${fault.size} events of the ledger`,
      );
    case 'not-included':
      return told('此内容不在检查点所签名的台账中', 'The ledger that the checkpoint signs does not have this event');
    case 'witness-unreachable':
      return told(`无法连接见证方：${fault.reason}`, `The witness cannot be reached: ${fault.reason}`);
    case 'witness-knows-not-log':
      return told('见证方不认识此台账或其密钥', 'The witness does not know this ledger or its key');
    case 'witness-saw-other-tree':
      return told('见证方见过与此不一致的台账', 'The witness has seen a ledger that this one does not extend');
    case 'witness-ahead':
      return told(`见证方已见过 ${fault.size} 条`, `The witness has already seen ${fault.size} events`);
    case 'witness-wrong-answer':
      return told(
        `见证方的答复无效（状态码 ${fault.status}）`,
        `The answer of the witness is not valid (status ${fault.status})`,
      );
    default:
      return toldOfAudit(fault);
  }
};

/** An entry number and, if it is known, which event of which entry that is. */
const numbered = ({
  entryNumber,
  type,
  event,
  of,
}: { entryNumber: number } & Partial<Record<string, unknown>>): Told =>
  of === undefined
    ? told(`台账第 ${entryNumber} 条`, `Entry number ${entryNumber}`)
    : told(
        `台账第 ${entryNumber} 条（${of} 的 ${type} ${event}）`,
        `Entry number ${entryNumber} (${type} ${event} of ${of})`,
      );

const toldOfAudit = (
  fault: Exclude<AuditFault, { fault: 'no-leaf' }> | Parameters<typeof toldOfSignature>[0],
): Told => {
  switch (fault.fault) {
    case 'changed-event':
      return both(
        fault,
        '与本节点当时哈希的不同：有人改动了存储',
        'is not what this node has hashed: it was changed in the store',
      );
    case 'appeared-event':
      return both(
        fault,
        '事后才出现在存储中：有人将其插入',
        'was not there when this node hashed its place: it was inserted into the store',
      );
    case 'vanished-events': {
      const { zh, en } = numbered(fault);
      return fault.entryNumber === fault.to
        ? told(`${zh}已从存储中消失`, `${en} has vanished from the store`)
        : told(
            `${zh}至第 ${fault.to} 条已从存储中消失`,
            `${en} and all up to number ${fault.to} have vanished from the store`,
          );
    }
    case 'moved-event':
      return both(
        fault,
        `现位于存储的第 ${fault.to} 条：次序被改动`,
        `stands at number ${fault.to} in the store: the order was changed`,
      );
    case 'tail-cut': {
      const { zh, en } = numbered(fault);
      return told(
        `存储仅有 ${fault.size} 条，而本节点已哈希 ${fault.hashed} 条，自${zh}起缺失：末尾被截，或恢复了较早的备份`,
        `The store has ${fault.size} events, and this node has hashed ${fault.hashed}. ${en} is the first that is gone: the end was cut off, or an older backup was restored`,
      );
    }
    case 'other-history':
      return both(
        fault,
        '及其后各条均与本节点当时哈希的不同：可能恢复了较早的备份，之后又有新的记录',
        'and all after it are not what this node has hashed: an older backup may have been restored, and more recorded since',
      );
    case 'changed-text':
      return both(
        fault,
        `的文字 ${fault.place} 或其盐值与摘要不符`,
        `: the text ${fault.place}, or its salt, does not match its digest`,
      );
    case 'missing-text':
      return both(
        fault,
        `的文字 ${fault.place} 缺失，且无两人清除的记录`,
        `: the text ${fault.place} is gone, and no event says that two people erased it`,
      );
    case 'changed-tile': {
      const path = formatTilePath(fault.tile);
      return told(
        `${path} 中的哈希被改动（文件 level-${fault.tile.level}）；存储中的事件未变`,
        `The hashes of ${path} were changed, in the file level-${fault.tile.level}; the events were not`,
      );
    }
    case 'not-signed-root':
      return told(
        `存储与哈希相符，但均与已签名的前 ${fault.size} 条不符`,
        `The store and the hashes agree with each other, but not with the ${fault.size} events that were signed`,
      );
    default:
      return toldOfSignature(fault);
  }
};

const both = (fault: Parameters<typeof numbered>[0], zh: string, en: string): Told => {
  const subject = numbered(fault);
  return told(`${subject.zh}${zh}`, `${subject.en}${en.startsWith(':') ? '' : ' '}${en}`);
};

type SignatureFault = CheckpointFault | KeyFault;

const toldOfSignature = (
  fault: SignatureFault | Extract<SigningFault, { fault: 'signed-more' | 'forgotten' | 'cannot-sign' }>,
): Told => {
  switch (fault.fault) {
    case 'signed-more':
      return told(
        `台账只有 ${fault.size} 条，而已签名的检查点有 ${fault.signed} 条：台账被退回到较早的状态，或有事件丢失`,
        `The ledger has ${fault.size} events, but ${fault.signed} were signed: it was put back to an earlier state, or events were lost`,
      );
    case 'forgotten':
      return told(
        '有签名密钥，但没有上次签名的记录（密钥文件夹中的 ledger-signed.db）',
        'There is a key, but no record of what it signed last (ledger-signed.db in the folder of the keys)',
      );
    case 'cannot-sign':
      return told(`签名时出错：${fault.reason}`, `Signing has failed: ${fault.reason}`);
    case 'note-too-long':
      return told('签名文本超过 1 MB', 'The signed note is longer than 1 MB');
    case 'note-not-utf8':
      return told('签名文本不是 UTF-8 编码', 'The signed note is not in UTF-8');
    case 'note-with-control-character':
      return told('签名文本含有控制字符', 'The signed note has a control character');
    case 'note-without-signatures':
      return told('文本末尾没有空行和签名', 'The text does not end with a blank line and signatures');
    case 'too-many-signatures':
      return told('签名超过 100 个', 'The note has more than 100 signatures');
    case 'malformed-signature':
      return told(`第 ${fault.line} 行签名的格式不正确`, `Signature line ${fault.line} is malformed`);
    case 'wrong-signature':
      return told(
        `密钥 ${fault.name}+${fault.keyId} 的签名无效`,
        `The signature by the key ${fault.name}+${fault.keyId} is not valid`,
      );
    case 'no-known-signature':
      return told('没有任何受信任密钥的签名', 'None of the trusted keys has signed');
    case 'malformed-checkpoint':
      return told('所签名的文本不是检查点', 'The signed text is not a checkpoint');
    case 'other-origin':
      return told(`此检查点属于另一台账：${fault.origin}`, `The checkpoint is of another ledger: ${fault.origin}`);
    case 'other-key':
      return told(
        `以 ${fault.name} 之名签名的是另一密钥（${fault.keyId}）`,
        `Another key (${fault.keyId}) has signed under the name ${fault.name}`,
      );
    case 'not-cosigned':
      return told(`见证方 ${fault.witness} 未联署`, `The witness ${fault.witness} has not cosigned`);
    case 'malformed-key':
      return told('密钥的格式不正确', 'The key is malformed');
    case 'other-key-type':
      return told(`密钥的类型不符（${fault.type}）`, `The key is of another type (${fault.type})`);
    case 'wrong-key-id':
      return told(
        `密钥 ${fault.name} 的编号与其内容不符`,
        `The id of the key ${fault.name} is not that of its content`,
      );
  }
};
