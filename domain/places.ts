import { choice, type Field, type Option, type Text } from './field.ts';

/** The six sectors of the plan of 2019, and manufacturing outside of them. */
export const sectors: Readonly<Record<string, Option>> = {
  automobiles: {
    zh: '汽车',
    en: 'Automobiles',
    also: ['汽车制造', '汽车制造业', '汽车工业', 'Automobile', 'Automotive'],
  },
  'information-engineering': {
    zh: '电子信息',
    en: 'Information engineering',
    also: ['电子信息制造', '电子信息制造业', '电子信息工程', 'Electronic information', 'Electronics and information'],
  },
  'civil-aviation': { zh: '民用航空', en: 'Civil aviation', also: ['民航', '航空', '民用航空制造', 'Aviation'] },
  biomedicine: { zh: '生物医药', en: 'Biomedicine', also: ['生物医药制造', '生物制药', 'Biomedical'] },
  'high-end-manufacturing': {
    zh: '高端装备',
    en: 'High-end manufacturing',
    also: ['高端装备制造', '高端装备制造业', '高端制造', 'High-end equipment', 'High-end equipment manufacturing'],
  },
  'green-chemistry': {
    zh: '绿色化工',
    en: 'Green chemistry',
    also: ['化工', '绿色化学', 'Green chemical', 'Chemicals'],
  },
  other: { zh: '其他', en: 'Other', also: ['其它', '其他行业', '其他制造业', 'Other manufacturing', 'Others'] },
};

/** The 16 districts of Shanghai in the order of their GB/T 2260 codes, which some spreadsheets use as names. */
export const districts: Readonly<Record<string, Option>> = {
  huangpu: { zh: '黄浦区', en: 'Huangpu', also: ['310101'] },
  xuhui: { zh: '徐汇区', en: 'Xuhui', also: ['310104'] },
  changning: { zh: '长宁区', en: 'Changning', also: ['310105'] },
  jingan: { zh: '静安区', en: "Jing'an", also: ['310106'] },
  putuo: { zh: '普陀区', en: 'Putuo', also: ['310107'] },
  hongkou: { zh: '虹口区', en: 'Hongkou', also: ['310109'] },
  yangpu: { zh: '杨浦区', en: 'Yangpu', also: ['310110'] },
  minhang: { zh: '闵行区', en: 'Minhang', also: ['310112'] },
  baoshan: { zh: '宝山区', en: 'Baoshan', also: ['310113'] },
  jiading: { zh: '嘉定区', en: 'Jiading', also: ['310114'] },
  pudong: { zh: '浦东新区', en: 'Pudong New Area', also: ['310115'] },
  jinshan: { zh: '金山区', en: 'Jinshan', also: ['310116'] },
  songjiang: { zh: '松江区', en: 'Songjiang', also: ['310117'] },
  qingpu: { zh: '青浦区', en: 'Qingpu', also: ['310118'] },
  fengxian: { zh: '奉贤区', en: 'Fengxian', also: ['310120'] },
  chongming: { zh: '崇明区', en: 'Chongming', also: ['310151', '崇明县'] },
};

/** The core of the plan, a part of Pudong. */
export const coreDistrict = 'pudong';

export const sector: Field = choice(sectors, '行业', 'Sector', '所属行业', '产业领域', '领域', 'sector');
export const district: Field = choice(districts, '区', 'District', '所在区', '所属区', '区县', 'district');

export const areas = ['core', 'belt', 'other'] as const;
export type Area = (typeof areas)[number];
export const areaTitles: Readonly<Record<Area, Text>> = {
  core: { zh: '核心区', en: 'Core' },
  belt: { zh: '产业带', en: 'Belt' },
  other: { zh: '其他区域', en: 'Other' },
};

/**
 * The area of a place under a plan: core (Lingang), belt (the districts that the plan names) or other; null without a
 * district.
 */
export const areaOf = (
  place: { readonly district: string | null; readonly lingang: boolean },
  belt: readonly string[],
): Area | null => {
  if (place.lingang) return 'core';
  if (place.district === null) return null;
  return belt.includes(place.district) ? 'belt' : 'other';
};
