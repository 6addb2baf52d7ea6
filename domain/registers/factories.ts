import { choice, day, documentNumber, enterprise, freeText, number, optional, text } from '../field.ts';
import { slugKey } from '../key.ts';
import { district, sector } from '../places.ts';
import { register, stay, to } from '../register.ts';
import { lingang, lingangInPudong } from './lingang.ts';

export const factories = register({
  name: 'factories',
  entry: 'Factory',
  title: { zh: '智能工厂', en: 'Factories' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { hash: ['operator', 'name'] },
  named: 'name',
  searched: ['operator', 'certificateNo'],
  descriptive: {
    name: text('工厂名称', 'Name', '名称', '智能工厂名称'),
    enterprise: optional(enterprise('企业代码', 'Enterprise', '统一社会信用代码', '信用代码')),
    operator: optional(text('企业名称', 'Operator', '运营企业', '单位名称', '申报单位')),
    sector,
    district,
    lingang,
  },
  lasting: ['grade', 'certificateNo'],
  statuses: {
    nominated: { zh: '已推荐', en: 'Nominated' },
    assessed: { zh: '已评估', en: 'Assessed' },
    announced: { zh: '已公示', en: 'Announced' },
    certified: { zh: '已认定', en: 'Certified' },
    suspended: { zh: '已暂停', en: 'Suspended' },
    revoked: { zh: '已撤销', en: 'Revoked' },
  },
  commands: {
    nominate: {
      event: 'FactoryNominated',
      title: { zh: '推荐', en: 'Nominate' },
      moves: to('nominated', 'none', 'revoked'),
    },
    assess: {
      event: 'FactoryAssessed',
      title: { zh: '评估', en: 'Assess' },
      moves: to('assessed', 'nominated', 'assessed'),
      fields: {
        panel: freeText('评审专家组', 'Panel', '评审组'),
        score: optional(number(0, 100, '得分', 'Score', '评分')),
      },
    },
    announce: {
      event: 'FactoryAnnounced',
      title: { zh: '公示', en: 'Announce' },
      moves: to('announced', 'assessed'),
      fields: { noticeUntil: optional(day('公示截止日期', 'Public notice until', '公示截止', 'Notice until')) },
    },
    certify: {
      event: 'FactoryCertifiedAsModel',
      title: { zh: '认定', en: 'Certify' },
      moves: { ...to('certified', 'none', 'nominated', 'assessed', 'announced'), ...stay('certified') },
      differs: 'grade',
      fields: {
        grade: choice(
          {
            demonstration: { zh: '示范', en: 'Demonstration', also: ['示范性', '示范工厂', '示范性智能工厂'] },
            benchmark: { zh: '标杆', en: 'Benchmark', also: ['标杆工厂', '标杆智能工厂', '智能制造标杆工厂'] },
          },
          '等级',
          'Grade',
          '级别',
        ),
        certificateNo: optional(documentNumber('证书编号', 'Certificate number', '证书号')),
      },
    },
    suspend: {
      event: 'ModelCertificationSuspended',
      title: { zh: '暂停认定', en: 'Suspend' },
      moves: to('suspended', 'certified'),
      fields: { reason: freeText('原因', 'Reason') },
    },
    reinstate: {
      event: 'ModelCertificationReinstated',
      title: { zh: '恢复认定', en: 'Reinstate' },
      moves: to('certified', 'suspended'),
    },
    revoke: {
      event: 'ModelCertificationRevoked',
      title: { zh: '撤销认定', en: 'Revoke' },
      moves: to('revoked', 'certified', 'suspended'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    certified: {
      title: { zh: '示范性智能工厂', en: 'Model factories' },
      when: (entry) => entry.status === 'certified',
    },
    benchmark: {
      title: { zh: '智能制造标杆工厂', en: 'Benchmark factories' },
      when: (entry) => entry.status === 'certified' && entry.fields.grade === 'benchmark',
    },
  },
  certificate: {
    title: { zh: '智能工厂认定证书', en: 'Smart Factory Certificate' },
    command: 'certify',
    fields: ['grade', 'certificateNo', 'operator', 'enterprise', 'sector', 'district', 'lingang'],
  },
  check: lingangInPudong,
});
