import type { Day } from '../../domain/calendar.ts';
import type { Field, Text } from '../../domain/field.ts';
import type { Json } from '../../domain/json.ts';
import type { Fact } from '../../domain/path.ts';
import { fieldOf, nameOf, type Register, type State, statusTitle } from '../../domain/register.ts';
import type { Plan } from '../../domain/targets.ts';
import { instantInShanghai } from '../spreadsheets/serial-days.ts';
import type { AttachedEvent, AttachedFile, Certificate, Row } from './certificate.ts';

/** What a certificate is about, and what was known of it. */
export type Attested = {
  readonly register: Register;
  readonly title: Text;
  readonly fields: readonly string[];
  readonly key: string;
  readonly state: State;
  /** The fact on which it rests, as corrected. */
  readonly fact: Fact;
  /** The plan in force on the fact's day. */
  readonly plan: Plan | undefined;
  readonly on: Day;
  readonly size: number;
  readonly knownAt: string;
  readonly address: string;
  /** The ledger's origin. */
  readonly ledger: string;
  /** The events of the fact and of its corrections. */
  readonly events: readonly AttachedEvent[];
  readonly isMadeUp: boolean;
};

/** A certificate in words. */
export const certificateOf = (attested: Attested): Certificate => {
  const { register, title, key, state, address, knownAt, isMadeUp } = attested;
  return {
    title: { zh: title.zh, en: title.en },
    isMadeUp,
    statement: statementOf(attested),
    name: nameOf(register, state.fields) ?? key,
    rows: rowsOf(attested),
    notes: notesOf(attested),
    address,
    files: attested.events.flatMap(filesOf),
    knownAt,
  };
};

const statementOf = ({ register, state, fact, on }: Attested): Text => {
  const status = statusTitle(register, state.status);
  const [from, now] = [inWords(fact.effectiveOn), inWords(on)];
  return {
    zh: `兹证明：据本登记簿记载，下列登记项已于 ${from.zh}${fact.kind.title.zh}；截至 ${now.zh}，其状态为“${status.zh}”。`,
    en: `This certifies that, according to the registry, the entry below was recorded as "${status.en}" with effect from ${from.en}, and that on ${now.en} its status is "${status.en}".`,
  };
};

const rowsOf = ({ register, fields, key, state, fact, plan }: Attested): readonly Row[] => {
  const described = fields.flatMap((name): readonly Row[] => {
    const [field, value] = [fieldOf(register, name), state.fields[name]];
    return field === undefined || value === undefined
      ? []
      : [{ label: plain(field.title), value: shown(field, value) }];
  });
  const day = {
    label: { zh: `${fact.kind.title.zh}日期`, en: 'With effect from' },
    value: both(inWords(fact.effectiveOn)),
  };
  const ofPlan = plan === undefined ? [] : [{ label: { zh: '所属计划', en: 'Plan' }, value: both(plan.title) }];
  return [{ label: plain(register.key.title), value: key }, ...described, day, ...ofPlan];
};

const plain = ({ zh, en }: Text): Text => ({ zh, en });
const both = ({ zh, en }: Text): string => `${zh}  ${en}`;

/** A field's value, in both languages if it has titles. */
const shown = ({ options, kind }: Field, value: Json): string => {
  if (typeof value === 'boolean') return both(value ? { zh: '是', en: 'Yes' } : { zh: '否', en: 'No' });
  if (Array.isArray(value)) return value.join('、');
  if (kind === 'day') return both(inWords(String(value)));
  const title = options?.[String(value)];
  return title === undefined ? String(value) : both(title);
};

const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** A day as documents write it: 2020年12月22日, 22 December 2020. */
const inWords = (day: Day): Text => {
  const [year, month = 0, date] = day.split('-').map(Number);
  return { zh: `${year}年${month}月${date}日`, en: `${date} ${months[month - 1]} ${year}` };
};

/** An instant as the time in Shanghai, to the second. */
const toSeconds = (instant: string): string => instantInShanghai(instant).slice(0, 'YYYY-MM-DD HH:MM:SS'.length);

const notesOf = ({ size, knownAt, ledger, events }: Attested): readonly Text[] => {
  const [first, ...corrections] = events;
  if (first === undefined) return [];
  const later = corrections.map(({ entryNumber }) => entryNumber).join(', ');
  return [
    {
      zh: `本件是否仍然有效，以核验地址所示的当前状态为准。`,
      en: 'Whether this still holds is shown at the verification address.',
    },
    {
      zh: `依据：台账 ${ledger} 的前 ${size} 条记录，截至 ${toSeconds(knownAt)}（北京时间）。`,
      en: `As known from the first ${size} events of the ledger ${ledger}, recorded until ${toSeconds(knownAt)} (Beijing time).`,
    },
    {
      zh: `所据事件：第 ${first.entryNumber} 条，${toSeconds(first.recordedAt)} 登记${later === '' ? '' : `；更正：第 ${later.replaceAll(', ', '、')} 条`}。`,
      en: `It rests on ledger entry ${first.entryNumber}, recorded at ${toSeconds(first.recordedAt)}${later === '' ? '' : `, corrected by ${later}`}.`,
    },
    {
      zh: `该条的叶哈希（SHA-256）：${first.leafHash}。其存在证明见本文件的附件。`,
      en: 'The hash is that of its leaf; the proof that the signed ledger has it is attached to this file.',
    },
  ];
};

const filesOf = ({ entryNumber, proof, leafHash, leaf }: AttachedEvent): readonly AttachedFile[] => {
  const [type, name] = ['text/plain', `event-${entryNumber}`];
  return [
    {
      name: `${name}.tlog-proof`,
      type,
      description: `第 ${entryNumber} 条的存在证明 · Proof that the signed ledger has entry ${entryNumber} (C2SP tlog-proof)`,
      text: proof,
    },
    leaf === undefined
      ? {
          name: `${name}.leaf-hash`,
          type,
          description: `第 ${entryNumber} 条的叶哈希 · Hash of the leaf of entry ${entryNumber}: SHA-256(0x00 ‖ leaf), in hex`,
          text: `${leafHash}\n`,
        }
      : {
          name: `${name}.json`,
          type: 'application/json',
          description: `第 ${entryNumber} 条的叶 · The leaf of entry ${entryNumber}`,
          text: leaf,
        },
  ];
};
