import { choice, enterprise, freeText, optional, text, yuan } from '../field.ts';
import { slugKey } from '../key.ts';
import { register, stay, to } from '../register.ts';

export const suppliers = register({
  name: 'suppliers',
  entry: 'Supplier',
  title: { zh: '系统解决方案供应商', en: 'Suppliers' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { hash: ['name'] },
  named: 'name',
  descriptive: {
    name: text('供应商名称', 'Name', '名称', '企业名称', '单位名称'),
    enterprise: optional(enterprise('企业代码', 'Enterprise', '统一社会信用代码', '信用代码')),
  },
  lasting: ['tier', 'revenueCny'],
  statuses: {
    nominated: { zh: '已推荐', en: 'Nominated' },
    designated: { zh: '已认定', en: 'Designated' },
    revoked: { zh: '已撤销', en: 'Revoked' },
  },
  commands: {
    nominate: {
      event: 'SupplierNominated',
      title: { zh: '推荐', en: 'Nominate' },
      moves: to('nominated', 'none', 'revoked'),
    },
    designate: {
      event: 'SupplierDesignated',
      title: { zh: '认定', en: 'Designate' },
      moves: { ...to('designated', 'none', 'nominated'), ...stay('designated') },
      differs: 'tier',
      fields: {
        tier: choice(
          {
            '1bn': { zh: '10亿元规模', en: '1 billion yuan', also: ['10亿元', '10亿', '十亿元', '十亿'] },
            '10bn': { zh: '100亿元规模', en: '10 billion yuan', also: ['100亿元', '100亿', '百亿元', '百亿'] },
          },
          '规模',
          'Tier',
          '规模等级',
        ),
        revenueCny: yuan('营业收入（元）', 'Revenue in yuan', '收入（元）', '营业收入', '收入', '主营业务收入'),
      },
    },
    revoke: {
      event: 'SupplierDesignationRevoked',
      title: { zh: '撤销认定', en: 'Revoke' },
      moves: to('revoked', 'designated'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    designated: {
      title: { zh: '10亿元规模供应商', en: 'Designated suppliers' },
      when: (entry) => entry.status === 'designated',
    },
    'designated-10bn': {
      title: { zh: '100亿元规模供应商', en: 'Suppliers of 10 billion yuan' },
      when: (entry) => entry.status === 'designated' && entry.fields.tier === '10bn',
    },
  },
  certificate: {
    title: { zh: '系统解决方案供应商认定证书', en: 'Solution Supplier Certificate' },
    command: 'designate',
    fields: ['tier', 'enterprise'],
  },
});
