import { organisationCheckCharacter, usccCheckCharacter } from '../../domain/identifiers.ts';
import { districts, sectors } from '../../domain/places.ts';

/**
 * Invented entries of all registers, for seeing what a full plan looks like. Their names, numbers and codes say that they
 * are invented: no authority has the division 319999, and no organisation the code MADE.
 */

type Value = string | number | boolean | undefined;

/** A row of a register by the names of its fields. */
export type MadeUpRow = { readonly key: string; readonly effectiveOn: string } & Readonly<Record<string, Value>>;

/** Rows of one command, to be imported in this order. */
export type MadeUpRows = {
  readonly register: string;
  readonly command: string;
  readonly rows: readonly MadeUpRow[];
  /** Left for a reviewer to decide. */
  readonly isPending?: boolean;
};

/** Numbers in [0, 1) that are the same at every start (mulberry32), so that the demo's figures are. */
const drawing = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const dayMs = 86_400_000;
const addDays = (day: string, days: number): string =>
  new Date(Date.parse(day) + Math.floor(days) * dayMs).toISOString().slice(0, 10);
const number = (index: number): string => String(index + 1).padStart(4, '0');

const codeOf = (index: number): string => {
  const organisation = `MADE${number(index)}`;
  const code = `91319999${organisation}${organisationCheckCharacter(organisation)}`;
  return `${code}${usccCheckCharacter(code)}`;
};

/** Districts as often as they stand here: more factories in the belt than in the centre. */
const oftenDistricts = [
  ...['pudong', 'pudong', 'pudong', 'pudong', 'pudong', 'minhang', 'minhang', 'minhang', 'jiading', 'jiading'],
  ...['jiading', 'songjiang', 'songjiang', 'songjiang', 'baoshan', 'baoshan', 'fengxian', 'fengxian', 'jinshan'],
  ...Object.keys(districts),
];

/** From the day on which the plan began to its last. */
const from = '2019-06-24';
const last = '2021-12-31';

type Draw = () => number;
type Own = Readonly<Record<string, Value>>;

/** Rows of entries that begin through the plan's time: many at first, then fewer a month. */
const begun = (draw: Draw, count: number, days: number, made: (index: number) => Own & { readonly key: string }) =>
  Array.from({ length: count }, (_, index): MadeUpRow => {
    const effectiveOn = addDays(from, (index / count) ** 0.8 * days + draw() * 20);
    return { effectiveOn, ...made(index) };
  });

/** What happens to the first of some entries, so many days after what happened before; nothing after the plan's end. */
const then = (
  draw: Draw,
  rows: readonly MadeUpRow[],
  count: number,
  [least, most]: readonly [days: number, days: number],
  own: (index: number) => Own = () => ({}),
): readonly MadeUpRow[] =>
  rows
    .slice(0, count)
    .map(({ key, effectiveOn }, index) => ({
      key,
      effectiveOn: addDays(effectiveOn, least + draw() * (most - least)),
      ...own(index),
    }))
    .filter(({ effectiveOn }) => effectiveOn <= last);

const oneOf = (draw: Draw, list: readonly string[]): string => list[Math.floor(draw() * list.length)] ?? '';

const place = (draw: Draw): Own => {
  const district = oneOf(draw, oftenDistricts);
  return { district, ...(district === 'pudong' ? { lingang: draw() < 0.4 } : {}) };
};

const sectorOf = (draw: Draw): string =>
  oneOf(
    draw,
    Object.keys(sectors).filter((id) => id !== 'other'),
  );

const enterprises = (draw: Draw): readonly MadeUpRows[] => {
  const enrolled = begun(draw, 1_240, 780, (index) => ({
    key: codeOf(index),
    name: `示例企业 ${number(index)}`,
    sector: sectorOf(draw),
    ...place(draw),
    aboveDesignatedSize: index % 40 !== 39,
  }));
  const diagnosed = then(draw, enrolled, 900, [5, 40], () => ({ maturityLevel: 1 + Math.floor(draw() * 4) }));
  const started = then(draw, enrolled, 1_180, [41, 90], (index) => ({
    project: `示例改造项目 ${number(index)}`,
    investmentCny: 1_000_000 * (1 + Math.floor(draw() * 80)),
  }));
  const completed = then(draw, started, 1_120, [40, 130], (index) => ({
    project: `示例改造项目 ${number(index)}`,
    outcome: oneOf(draw, ['transformed', 'upgraded']),
  }));
  const leaving = completed.slice(0, 200).filter((_, index) => index % 25 === 7);
  const left = then(draw, leaving, 8, [60, 200], () => ({ reason: '示例：迁出本市' }));
  return [
    { register: 'enterprises', command: 'enroll', rows: enrolled },
    { register: 'enterprises', command: 'diagnose', rows: diagnosed },
    { register: 'enterprises', command: 'start-upgrade', rows: started },
    { register: 'enterprises', command: 'complete-upgrade', rows: completed },
    { register: 'enterprises', command: 'leave', rows: left },
  ];
};

const factories = (draw: Draw): readonly MadeUpRows[] => {
  const nominated = begun(draw, 130, 760, (index) => ({
    key: `demo-factory-${number(index)}`,
    name: `示例工厂 ${number(index)}`,
    operator: `示例企业 ${number(index)}`,
    sector: sectorOf(draw),
    ...place(draw),
  }));
  const score = () => 60 + Math.floor(draw() * 40);
  const assessed = then(draw, nominated, 121, [20, 60], () => ({ panel: '示例专家组', score: score() }));
  const announced = then(draw, assessed, 112, [5, 20]);
  const certified = then(draw, announced, 104, [10, 20], (index) => ({
    grade: index % 6 === 5 ? 'benchmark' : 'demonstration',
    certificateNo: `示例-${number(index)}`,
  }));
  const suspended = then(draw, certified.slice(10), 5, [60, 90], () => ({ reason: '示例：整改' }));
  const waiting = then(draw, announced.slice(104), 5, [10, 20], () => ({ grade: 'demonstration' }));
  return [
    { register: 'factories', command: 'nominate', rows: nominated },
    { register: 'factories', command: 'assess', rows: assessed },
    { register: 'factories', command: 'announce', rows: announced },
    { register: 'factories', command: 'certify', rows: certified },
    { register: 'factories', command: 'suspend', rows: suspended },
    { register: 'factories', command: 'reinstate', rows: then(draw, suspended, 3, [30, 60]) },
    { register: 'factories', command: 'certify', rows: waiting, isPending: true },
  ];
};

const standards = (draw: Draw): readonly MadeUpRows[] => {
  const proposed = begun(draw, 62, 640, (index) => ({
    key: `demo-standard-${number(index)}`,
    title: `示例标准 ${number(index)}`,
    level: oneOf(draw, ['national', 'industry', 'local', 'group']),
  }));
  const drafted = then(draw, proposed, 58, [20, 60]);
  const ratified = then(draw, drafted, 52, [60, 120]);
  return [
    { register: 'criteria', command: 'propose', rows: proposed },
    { register: 'criteria', command: 'draft', rows: drafted },
    { register: 'criteria', command: 'ratify', rows: ratified },
    {
      register: 'criteria',
      command: 'publish',
      rows: then(draw, ratified, 47, [10, 40], (index) => ({ number: `T/DEMO ${number(index)}-2021` })),
    },
  ];
};

const breakthroughs = (draw: Draw): readonly MadeUpRows[] => {
  const claimed = begun(draw, 122, 760, (index) => ({
    key: `demo-breakthrough-${number(index)}`,
    title: `示例首台套 ${number(index)}`,
    category: oneOf(draw, ['equipment', 'software', 'component']),
    maker: `示例企业 ${number(index)}`,
    sector: sectorOf(draw),
  }));
  const verified = then(draw, claimed, 109, [30, 110], () => ({ panel: '示例专家组', firstOfItsKind: draw() < 0.3 }));
  return [
    { register: 'breakthroughs', command: 'claim', rows: claimed },
    { register: 'breakthroughs', command: 'verify', rows: verified },
  ];
};

const suppliersAndPlatforms = (draw: Draw): readonly MadeUpRows[] => {
  const suppliers = begun(draw, 15, 700, (index) => ({
    key: `demo-supplier-${number(index)}`,
    name: `示例供应商 ${number(index)}`,
  }));
  const designated = then(draw, suppliers, 12, [60, 120], (index) =>
    index === 3
      ? { tier: '10bn', revenueCny: 12_300_000_000 }
      : { tier: '1bn', revenueCny: 1_000_000_000 * (1 + Math.floor(draw() * 6)) },
  );
  const platforms = begun(draw, 4, 500, (index) => ({
    key: `demo-platform-${number(index)}`,
    name: `示例公共服务平台 ${number(index)}`,
    operator: `示例企业 ${number(index)}`,
  }));
  const national = then(draw, platforms, 3, [60, 200], () => ({ level: 'national' }));
  return [
    { register: 'suppliers', command: 'nominate', rows: suppliers },
    { register: 'suppliers', command: 'designate', rows: designated },
    { register: 'platforms', command: 'propose', rows: platforms },
    { register: 'platforms', command: 'designate', rows: national },
  ];
};

const listingsAndSolutions = (draw: Draw): readonly MadeUpRows[] => {
  const filed = begun(draw, 18, 700, (index) => ({
    key: String(689_900 + index),
    name: `示例股份 ${number(index)}`,
  }));
  const registered = then(draw, filed, 15, [60, 120]);
  const signed = begun(draw, 44, 760, (index) => ({
    key: `demo-solution-${number(index)}`,
    supplier: `示例供应商 ${number(index % 15)}`,
    client: `示例客户 ${number(index)}`,
    destination: oneOf(draw, ['示例省', '示例国', '示例市']),
    valueCny: 1_000_000 * (2 + Math.floor(draw() * 90)),
  }));
  return [
    { register: 'listings', command: 'file', rows: filed },
    { register: 'listings', command: 'gain-registration', rows: registered },
    { register: 'listings', command: 'list', rows: then(draw, registered, 12, [10, 40]) },
    { register: 'solutions', command: 'sign', rows: signed },
    { register: 'solutions', command: 'deliver', rows: then(draw, signed, 33, [60, 200]) },
  ];
};

/** The same rows at every start. */
export const madeUp = (): readonly MadeUpRows[] => {
  const draw = drawing(2019);
  return [enterprises, factories, standards, breakthroughs, suppliersAndPlatforms, listingsAndSolutions].flatMap(
    (rowsOf) => rowsOf(draw),
  );
};
