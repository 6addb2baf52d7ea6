import type { Day } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Register } from '../../domain/register.ts';
import { breakthroughs } from '../../domain/registers/breakthroughs.ts';
import { criteria } from '../../domain/registers/criteria.ts';
import { enterprises } from '../../domain/registers/enterprises.ts';
import { factories } from '../../domain/registers/factories.ts';
import { plans } from '../../domain/registers/index.ts';
import { listings } from '../../domain/registers/listings.ts';
import { platforms } from '../../domain/registers/platforms.ts';
import { solutions } from '../../domain/registers/solutions.ts';
import { suppliers } from '../../domain/registers/suppliers.ts';
import type { Action } from './given.ts';
import { tables } from './tables.ts';

type Word = (effectiveOn: Day, fields?: JsonObject) => Action;
type Words<Past extends string, Command extends string> = {
  readonly [W in Past | Command | 'amend' | 'amended']: Word;
} & {
  readonly register: Register;
  readonly key: string;
  /** The descriptive fields that an entry must have, for commands that start a history without being the first. */
  readonly described: JsonObject;
  /** The word for a command by its name. */
  readonly word: (command: string) => Word;
};

/** A value for each required field, so that a test names only those that matter to it. */
const samples: JsonObject = {
  name: '上海康桥数字工厂',
  title: '智能制造 能力成熟度模型',
  sector: 'high-end-manufacturing',
  district: 'pudong',
  level: 'national',
  category: 'equipment',
  operator: '上海电气',
  supplier: '上海某集成商',
  client: 'PT Maju',
  destination: 'Jakarta',
  maturityLevel: 3,
  project: '数字化车间',
  outcome: 'upgraded',
  reason: '经核查不符合要求',
  panel: '市智能制造专家组',
  grade: 'demonstration',
  number: 'GB/T 39116-2020',
  by: 'GB/T 39116-2025',
  tier: '1bn',
  revenueCny: 1_200_000_000,
};

/** The words for one entry of a register: `factory.certified(day)` and `factory.certify(day)` mean the same. */
const entry = <Past extends string, Command extends string>(
  register: Register,
  key: string,
  past: Readonly<Record<Past, Command>>,
  own: JsonObject = {},
): Words<Past, Command> => {
  const table = tables[register.name];
  const sampled = (names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => Object.entries({ ...samples, ...own }).filter(([n]) => n === name)));
  const described = sampled(table?.descriptive.required ?? []);
  const word =
    (command: string): Word =>
    (effectiveOn, fields = {}) => ({
      about: { register, key },
      name: command,
      body: () => ({
        effectiveOn,
        ...(command === table?.first ? described : {}),
        ...sampled(table?.commands[command]?.required ?? []),
        ...fields,
      }),
    });
  const pairs = Object.entries<Command>(past).flatMap(([done, command]) => [
    [done, word(command)],
    [command, word(command)],
  ]);
  return { ...Object.fromEntries(pairs), amend: word('amend'), amended: word('amend'), register, key, described, word };
};

export const enterprise = entry(enterprises, '91310000132260250X', {
  enrolled: 'enroll',
  diagnosed: 'diagnose',
  startedUpgrade: 'start-upgrade',
  completedUpgrade: 'complete-upgrade',
  left: 'leave',
});

export const factory = entry(factories, 'kangqiao-digital', {
  nominated: 'nominate',
  assessed: 'assess',
  announced: 'announce',
  certified: 'certify',
  suspended: 'suspend',
  reinstated: 'reinstate',
  revoked: 'revoke',
});

export const criterion = entry(criteria, 'GB-T-39116-2020', {
  proposed: 'propose',
  drafted: 'draft',
  ratified: 'ratify',
  published: 'publish',
  superseded: 'supersede',
  abolished: 'abolish',
});

export const breakthrough = entry(breakthroughs, 'five-axis-mill', {
  claimed: 'claim',
  verified: 'verify',
  retracted: 'retract',
});

export const supplier = entry(suppliers, 'sh-integrator', {
  nominated: 'nominate',
  designated: 'designate',
  revoked: 'revoke',
});

export const platform = entry(platforms, 'industrial-internet', {
  proposed: 'propose',
  designated: 'designate',
  revoked: 'revoke',
});

export const listing = entry(listings, '688012', {
  filed: 'file',
  registered: 'gain-registration',
  terminated: 'terminate',
  listed: 'list',
  delisted: 'delist',
});

export const solution = entry(solutions, 'jakarta-line', { signed: 'sign', delivered: 'deliver', cancelled: 'cancel' });

export const plan = entry(
  plans,
  'shanghai-2019-2021',
  { adopted: 'adopt', revised: 'revise' },
  {
    title: { zh: '智能制造行动计划', en: 'Action plan' },
    from: '2019-06-24',
    to: '2021-12-31',
    sectors: ['automobiles'],
    core: '临港',
    belt: ['pudong', 'minhang'],
    targets: [
      {
        id: 'model-factories',
        title: { zh: '示范性智能工厂', en: 'Model factories' },
        measure: 'factories.certified',
        goal: { min: 100 },
      },
    ],
    target: 'model-factories',
    goal: { min: 120 },
  },
);

export const everyEntry = [
  enterprise,
  factory,
  criterion,
  breakthrough,
  supplier,
  platform,
  listing,
  solution,
  plan,
] as const;
