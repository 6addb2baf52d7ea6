import { choice, day, documentNumber, enterprises, freeText, optional, text, textOrKey } from '../field.ts';
import { slugKey } from '../key.ts';
import { register, to } from '../register.ts';

export const criteria = register({
  name: 'criteria',
  entry: 'Criterion',
  title: { zh: '智能制造标准', en: 'Standards' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { number: 'number' },
  named: 'title',
  searched: ['titleEn', 'number'],
  descriptive: {
    title: text('标准名称', 'Title', '名称'),
    titleEn: optional(text('英文名称', 'Title in English')),
    level: choice(
      {
        international: { zh: '国际标准', en: 'International', also: ['国际'] },
        national: { zh: '国家标准', en: 'National', also: ['国家', '国标'] },
        industry: { zh: '行业标准', en: 'Industry', also: ['行标'] },
        local: { zh: '地方标准', en: 'Local', also: ['地方', '地标'] },
        group: { zh: '团体标准', en: 'Group', also: ['团体', '团标'] },
      },
      '标准级别',
      'Level',
      '级别',
      '标准层级',
    ),
    leads: optional(enterprises('牵头单位', 'Lead organisations', '牵头企业', '牵头单位代码', 'Leads')),
  },
  lasting: ['number', 'implementedOn'],
  statuses: {
    proposed: { zh: '已立项', en: 'Proposed' },
    drafting: { zh: '起草中', en: 'Drafting' },
    ratified: { zh: '已批准', en: 'Ratified' },
    published: { zh: '已发布', en: 'Published' },
    superseded: { zh: '已被代替', en: 'Superseded' },
    abolished: { zh: '已废止', en: 'Abolished' },
  },
  commands: {
    propose: { event: 'CriterionProposed', title: { zh: '立项', en: 'Propose' }, moves: to('proposed', 'none') },
    draft: { event: 'CriterionDrafted', title: { zh: '起草', en: 'Draft' }, moves: to('drafting', 'proposed') },
    ratify: {
      event: 'CriterionRatified',
      title: { zh: '批准', en: 'Ratify' },
      moves: to('ratified', 'proposed', 'drafting'),
    },
    publish: {
      event: 'CriterionPublished',
      title: { zh: '发布', en: 'Publish' },
      moves: to('published', 'none', 'proposed', 'drafting', 'ratified'),
      fields: {
        number: documentNumber('标准号', 'Number', '标准编号'),
        implementedOn: optional(day('实施日期', 'Implemented on', '实施日')),
      },
    },
    supersede: {
      event: 'CriterionSuperseded',
      title: { zh: '代替', en: 'Supersede' },
      moves: to('superseded', 'published'),
      fields: { by: textOrKey('criteria', '被何标准代替', 'Superseded by', '代替标准') },
    },
    abolish: {
      event: 'CriterionAbolished',
      title: { zh: '废止', en: 'Abolish' },
      moves: to('abolished', 'published', 'superseded'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    published: {
      title: { zh: '已发布的智能制造标准', en: 'Published standards' },
      when: (entry) => entry.status === 'published' || entry.status === 'superseded',
    },
  },
  certificate: {
    title: { zh: '智能制造标准登记证明', en: 'Certificate of a Published Standard' },
    command: 'publish',
    fields: ['titleEn', 'number', 'level', 'implementedOn', 'leads'],
  },
});
