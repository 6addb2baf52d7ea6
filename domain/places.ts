import { choice, type Field, type Text } from './field.ts';

/** The six sectors of the plan of 2019. */
export const sectors: Readonly<Record<string, Text>> = {
  automobiles: { zh: '汽车', en: 'Automobiles' },
  'information-engineering': { zh: '电子信息', en: 'Information engineering' },
  'civil-aviation': { zh: '民用航空', en: 'Civil aviation' },
  biomedicine: { zh: '生物医药', en: 'Biomedicine' },
  'high-end-manufacturing': { zh: '高端装备', en: 'High-end manufacturing' },
  'green-chemistry': { zh: '绿色化工', en: 'Green chemistry' },
};

/** The 16 districts of Shanghai, in the order of their codes in GB/T 2260. */
export const districts: Readonly<Record<string, Text>> = {
  huangpu: { zh: '黄浦区', en: 'Huangpu' },
  xuhui: { zh: '徐汇区', en: 'Xuhui' },
  changning: { zh: '长宁区', en: 'Changning' },
  jingan: { zh: '静安区', en: "Jing'an" },
  putuo: { zh: '普陀区', en: 'Putuo' },
  hongkou: { zh: '虹口区', en: 'Hongkou' },
  yangpu: { zh: '杨浦区', en: 'Yangpu' },
  minhang: { zh: '闵行区', en: 'Minhang' },
  baoshan: { zh: '宝山区', en: 'Baoshan' },
  jiading: { zh: '嘉定区', en: 'Jiading' },
  pudong: { zh: '浦东新区', en: 'Pudong New Area' },
  jinshan: { zh: '金山区', en: 'Jinshan' },
  songjiang: { zh: '松江区', en: 'Songjiang' },
  qingpu: { zh: '青浦区', en: 'Qingpu' },
  fengxian: { zh: '奉贤区', en: 'Fengxian' },
  chongming: { zh: '崇明区', en: 'Chongming' },
};

/** The core of the plan, a part of Pudong. */
export const coreDistrict = 'pudong';

export const sector: Field = choice(sectors, '行业', 'Sector', '所属行业', '产业领域', '领域', 'sector');
export const district: Field = choice(districts, '区', 'District', '所在区', '所属区', '区县', 'district');

export type Area = 'core' | 'belt' | 'other';

/**
 * The area that a place lies in by a plan: core (Lingang), belt (districts the plan names) or other; null without a
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
