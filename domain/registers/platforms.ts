import { choice, freeText, text } from '../field.ts';
import { slugKey } from '../key.ts';
import { register, stay, to } from '../register.ts';

export const platforms = register({
  name: 'platforms',
  entry: 'Platform',
  title: { zh: '公共服务平台', en: 'Platforms' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { hash: ['operator', 'name'] },
  named: 'name',
  searched: ['operator'],
  descriptive: {
    name: text('平台名称', 'Name', '名称'),
    operator: text('运营单位', 'Operator', '企业名称', '单位名称'),
  },
  lasting: ['level'],
  statuses: {
    proposed: { zh: '已申报', en: 'Proposed' },
    designated: { zh: '已认定', en: 'Designated' },
    revoked: { zh: '已撤销', en: 'Revoked' },
  },
  commands: {
    propose: {
      event: 'PlatformProposed',
      title: { zh: '申报', en: 'Propose' },
      moves: to('proposed', 'none', 'revoked'),
    },
    designate: {
      event: 'PlatformDesignated',
      title: { zh: '认定', en: 'Designate' },
      moves: { ...to('designated', 'none', 'proposed'), ...stay('designated') },
      differs: 'level',
      fields: {
        level: choice(
          {
            national: { zh: '国家级', en: 'National', also: ['国家'] },
            municipal: { zh: '市级', en: 'Municipal', also: ['市', '上海市级'] },
          },
          '级别',
          'Level',
          '平台级别',
        ),
      },
    },
    revoke: {
      event: 'PlatformDesignationRevoked',
      title: { zh: '撤销认定', en: 'Revoke' },
      moves: to('revoked', 'designated'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    national: {
      title: { zh: '国家级公共服务平台', en: 'National platforms' },
      when: (entry) => entry.status === 'designated' && entry.fields.level === 'national',
    },
  },
  certificate: {
    title: { zh: '公共服务平台认定证书', en: 'Service Platform Certificate' },
    command: 'designate',
    fields: ['level', 'operator'],
  },
});
