import { enterprise, freeText, optional, text } from '../field.ts';
import { starCodeKey } from '../key.ts';
import { register, to } from '../register.ts';

export const listings = register({
  name: 'listings',
  entry: 'Listing',
  title: { zh: '科创板上市企业', en: 'Listings' },
  role: 'clerk',
  key: starCodeKey,
  named: 'name',
  searched: ['nameEn'],
  descriptive: {
    name: text('公司简称', 'Name', '证券简称', '名称', '公司名称', '企业名称'),
    nameEn: optional(text('英文名称', 'Name in English')),
    enterprise: optional(enterprise('企业代码', 'Enterprise', '统一社会信用代码', '信用代码')),
  },
  statuses: {
    filed: { zh: '已受理', en: 'Filed' },
    registered: { zh: '已注册', en: 'Registered' },
    listed: { zh: '已上市', en: 'Listed' },
    terminated: { zh: '已终止', en: 'Terminated' },
    delisted: { zh: '已退市', en: 'Delisted' },
  },
  commands: {
    file: { event: 'ListingFiled', title: { zh: '受理', en: 'File' }, moves: to('filed', 'none', 'terminated') },
    'gain-registration': {
      event: 'ListingRegistered',
      title: { zh: '注册', en: 'Gain registration' },
      moves: to('registered', 'filed'),
    },
    terminate: {
      event: 'ListingTerminated',
      title: { zh: '终止', en: 'Terminate' },
      moves: to('terminated', 'filed', 'registered'),
      fields: { reason: freeText('原因', 'Reason') },
    },
    list: {
      event: 'BusinessListed',
      title: { zh: '上市', en: 'List' },
      moves: to('listed', 'none', 'filed', 'registered'),
    },
    delist: {
      event: 'BusinessDelisted',
      title: { zh: '退市', en: 'Delist' },
      moves: to('delisted', 'listed'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    listed: { title: { zh: '科创板上市企业', en: 'Listed on STAR' }, when: (entry) => entry.status === 'listed' },
  },
  certificate: {
    title: { zh: '科创板上市登记证明', en: 'Certificate of a STAR Market Listing' },
    command: 'list',
    fields: ['nameEn', 'enterprise'],
  },
});
