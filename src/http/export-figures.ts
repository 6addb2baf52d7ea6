import type { Text } from '../../domain/field.ts';
import { paceTitles } from '../../domain/forecast.ts';
import { type Area, areaTitles, districts, sectors } from '../../domain/places.ts';
import { registerNamed } from '../../domain/registers/index.ts';
import { type TargetFigure, targetNamed } from '../../domain/targets.ts';
import type { EntryRow } from '../../projections/lists.ts';
import type { Questions, View } from '../readmodel/questions.ts';
import { cellsBy, type Division, type PlaceCount } from './cells.ts';
import type { Language, Row, Table } from './export-files.ts';
import { countedEntries } from './target-entries.ts';
import { plansIn } from './targets.ts';

/** The figures of targets as tables: the targets, their breakdown, and the entries that one of them counts. */

const headers = {
  plan: { zh: '计划', en: 'Plan' },
  id: { zh: '编号', en: 'Id' },
  title: { zh: '目标', en: 'Target' },
  goal: { zh: '目标值', en: 'Goal' },
  count: { zh: '完成数', en: 'Count' },
  countedOn: { zh: '统计日期', en: 'Counted on' },
  expected: { zh: '按时序进度应完成数', en: 'Expected' },
  pace: { zh: '进度', en: 'Pace' },
  low: { zh: '预计完成数（低）', en: 'Projected, low' },
  high: { zh: '预计完成数（高）', en: 'Projected, high' },
  sector: { zh: '行业', en: 'Sector' },
  district: { zh: '区', en: 'District' },
  area: { zh: '区域', en: 'Area' },
  register: { zh: '登记册', en: 'Register' },
  key: { zh: '编号', en: 'Key' },
  name: { zh: '名称', en: 'Name' },
  since: { zh: '计入起始日期', en: 'Counts since' },
  events: { zh: '依据的记录', en: 'Facts that make it count' },
} as const satisfies Record<string, Text>;

/** What of a plan counts in no sector, district or area. */
const unplaced: Text = { zh: '未注明', en: 'Not stated' };

export const targetTable = (figures: readonly TargetFigure[], language: Language): Table => ({
  name: { zh: '计划目标', en: 'Targets' }[language],
  columns: [
    { header: headers.plan[language] },
    { header: headers.id[language] },
    { header: headers.title[language] },
    { header: headers.goal[language], kind: 'whole' },
    { header: headers.count[language], kind: 'whole' },
    { header: headers.countedOn[language], kind: 'day' },
    { header: headers.expected[language], kind: 'decimal' },
    { header: headers.pace[language] },
    { header: headers.low[language], kind: 'whole' },
    { header: headers.high[language], kind: 'whole' },
  ],
  rows: figures.map(({ plan, id, title, goal, count, countedOn, expected, pace, projected }) => [
    plan,
    id,
    title[language],
    goal === null ? '' : goal.max === undefined ? goal.min : `${goal.min}–${goal.max}`,
    count,
    countedOn,
    expected ?? '',
    pace === null ? '' : paceTitles[pace][language],
    projected?.low ?? '',
    projected?.high ?? '',
  ]),
});

const places = ['sector', 'district', 'area'] as const;
type Place = (typeof places)[number];

export const breakdownTable = (
  questions: Questions,
  { by, plan: planKey }: { readonly by: Division; readonly plan?: string | undefined },
  view: View,
  language: Language,
): Table => {
  const shown = places.filter((place) => by.split(',').includes(place));
  const rows = plansIn({ questions }, planKey, view).flatMap((plan) =>
    plan.targets.flatMap((target) =>
      cellsBy(questions, plan, target, by, view).map((cell): Row => {
        const titles = shown.map((place) => placeTitle(place, cell, language));
        return [plan.id, target.id, target.title[language], ...titles, cell.count];
      }),
    ),
  );
  return {
    name: { zh: '目标分布', en: 'Breakdown' }[language],
    columns: [
      ...(['plan', 'id', 'title', ...shown] as const).map((name) => ({ header: headers[name][language] })),
      { header: headers.count[language], kind: 'whole' },
    ],
    rows,
  };
};

const titlesOf: Readonly<Record<Place, Readonly<Record<string, Text>>>> = {
  sector: sectors,
  district: districts,
  area: areaTitles,
};

const placeTitle = (place: Place, cell: PlaceCount, language: Language): string => {
  const name = cell[place];
  return name === null || name === undefined ? unplaced[language] : (titlesOf[place][name]?.[language] ?? name);
};

export type TargetEntriesShown = {
  readonly target: string;
  readonly plan: string;
  readonly sector?: string | undefined;
  readonly district?: string | undefined;
  readonly area?: Area | undefined;
};

export const targetEntriesTable = (
  questions: Questions,
  { target: id, plan: planKey, sector, district, area }: TargetEntriesShown,
  view: View,
  language: Language,
  rowsAtOnce: number,
): Table => {
  const found = targetNamed(questions.plans(view), id, planKey, view.on);
  if (found === undefined) throw new Error(`There is no target ${id}`);
  const counting = { ...found, place: { sector, district }, area, view };
  const rows = function* (): Iterable<Row> {
    let last: EntryRow | undefined;
    do {
      const after = last && ([last.sorted, last.key] as const);
      const page = countedEntries(questions, counting, { after, limit: rowsAtOnce });
      for (const { entry } of page) {
        const title = registerNamed(entry.register)?.title[language] ?? entry.register;
        yield [
          title,
          entry.key,
          entry.name,
          entry.since ?? '',
          entry.events?.join({ zh: '、', en: '; ' }[language]) ?? '',
        ];
      }
      last = page[rowsAtOnce - 1]?.row;
    } while (last !== undefined);
  };
  return {
    name: found.target.title[language],
    columns: [
      { header: headers.register[language] },
      { header: headers.key[language] },
      { header: headers.name[language] },
      { header: headers.since[language], kind: 'day' },
      { header: headers.events[language] },
    ],
    rows: rows(),
  };
};
