import type { JsonObject } from './json.ts';

/**
 * The plan that an empty registry adopts: Shanghai's action plan for intelligent manufacturing 2019–2021, announced on
 * 24 June 2019. It is the only record that no second person approves; `registry` records it.
 */
export const seededPlan: {
  readonly key: string;
  readonly effectiveOn: string;
  readonly by: string;
  readonly data: JsonObject;
} = {
  key: 'shanghai-2019-2021',
  effectiveOn: '2019-06-24',
  by: 'registry',
  data: {
    title: {
      zh: '上海市智能制造行动计划（2019—2021年）',
      en: 'Shanghai action plan for intelligent manufacturing (2019–2021)',
    },
    from: '2019-06-24',
    to: '2021-12-31',
    sectors: [
      'automobiles',
      'information-engineering',
      'civil-aviation',
      'biomedicine',
      'high-end-manufacturing',
      'green-chemistry',
    ],
    core: 'lingang',
    belt: ['pudong', 'minhang', 'jiading', 'baoshan', 'songjiang'],
    targets: [
      {
        id: 'breakthroughs',
        title: {
          zh: '智能制造装备、工业软件与关键部件首台套（首版次）突破',
          en: 'Critical breakthroughs in equipment, industrial software and key components',
        },
        measure: 'breakthroughs.verified',
        goal: { min: 100 },
      },
      {
        id: 'star-listings',
        title: { zh: '科创板上市企业', en: 'Businesses listed on the STAR Market' },
        measure: 'listings.listed',
        goal: { min: 10 },
      },
      {
        id: 'criteria',
        title: { zh: '牵头制定智能制造标准', en: 'Criteria (standards) led from Shanghai' },
        measure: 'criteria.published',
        goal: { min: 50 },
      },
      {
        id: 'platforms',
        title: { zh: '国家级公共服务平台', en: 'National service platforms' },
        measure: 'platforms.national',
        goal: { min: 2, max: 3 },
      },
      {
        id: 'suppliers',
        title: { zh: '10亿元规模系统解决方案供应商', en: 'Large suppliers of solutions (1 billion yuan)' },
        measure: 'suppliers.designated',
        goal: { min: 10 },
      },
      {
        id: 'suppliers-10bn',
        title: { zh: '100亿元规模系统解决方案供应商', en: 'Suppliers of solutions of 10 billion yuan' },
        measure: 'suppliers.designated-10bn',
        goal: { min: 1, max: 2 },
      },
      {
        id: 'benchmark-factories',
        title: { zh: '智能制造标杆工厂', en: 'Benchmark factories' },
        measure: 'factories.benchmark',
        goal: { min: 10 },
      },
      {
        id: 'model-factories',
        title: { zh: '示范性智能工厂', en: 'Model (demonstration) factories' },
        measure: 'factories.certified',
        goal: { min: 100 },
      },
      {
        id: 'upgraded-enterprises',
        title: {
          zh: '规模以上制造业企业智能化转型',
          en: 'Enterprises above designated size transformed or upgraded',
        },
        measure: 'enterprises.upgraded',
        goal: { min: 1000 },
      },
      {
        id: 'solution-exports',
        title: { zh: '系统解决方案输出', en: 'Intelligent-manufacturing solutions exported' },
        measure: 'solutions.exported',
        goal: null,
      },
    ],
  },
};
