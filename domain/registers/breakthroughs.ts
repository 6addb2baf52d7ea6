import { choice, enterprise, freeText, optional, text, yesNo } from '../field.ts';
import { slugKey } from '../key.ts';
import { sector } from '../places.ts';
import { register, to } from '../register.ts';

export const breakthroughs = register({
  name: 'breakthroughs',
  entry: 'Breakthrough',
  title: { zh: '首台套突破', en: 'Breakthroughs' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { hash: ['maker', 'title'] },
  named: 'title',
  searched: ['maker'],
  descriptive: {
    title: text('产品名称', 'Title', '名称', '项目名称'),
    category: choice(
      {
        equipment: { zh: '智能制造装备', en: 'Equipment' },
        software: { zh: '工业软件', en: 'Software' },
        component: { zh: '关键部件', en: 'Component' },
      },
      '类别',
      'Category',
    ),
    maker: optional(text('研制单位', 'Maker', '企业名称', '单位名称', '申报单位')),
    enterprise: optional(enterprise('企业代码', 'Enterprise', '统一社会信用代码', '信用代码')),
    sector,
  },
  lasting: ['firstOfItsKind'],
  statuses: {
    claimed: { zh: '已申报', en: 'Claimed' },
    verified: { zh: '已认定', en: 'Verified' },
    retracted: { zh: '已撤回', en: 'Retracted' },
  },
  commands: {
    claim: {
      event: 'BreakthroughClaimed',
      title: { zh: '申报', en: 'Claim' },
      moves: to('claimed', 'none', 'retracted'),
    },
    verify: {
      event: 'BreakthroughVerified',
      title: { zh: '认定', en: 'Verify' },
      moves: to('verified', 'none', 'claimed'),
      fields: {
        panel: freeText('评审专家组', 'Panel', '评审组'),
        firstOfItsKind: optional(
          yesNo('是否首台套（首版次）', 'First of its kind', '首台套（首版次）', '首台套', '首版次'),
        ),
      },
    },
    retract: {
      event: 'BreakthroughRetracted',
      title: { zh: '撤回', en: 'Retract' },
      moves: to('retracted', 'claimed', 'verified'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    verified: {
      title: { zh: '首台套突破', en: 'Verified breakthroughs' },
      when: (entry) => entry.status === 'verified',
    },
  },
  certificate: {
    title: { zh: '首台套（首版次）突破认定证书', en: 'Breakthrough Certificate' },
    command: 'verify',
    fields: ['category', 'firstOfItsKind', 'maker', 'enterprise', 'sector'],
  },
});
