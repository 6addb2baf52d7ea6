import { choice, freeText, integer, optional, text, yesNo, yuan } from '../field.ts';
import { usccFault } from '../identifiers.ts';
import { usccKey } from '../key.ts';
import { district, sector } from '../places.ts';
import { register, stay, to } from '../register.ts';
import { lingang, lingangInPudong } from './lingang.ts';

export const enterprises = register({
  name: 'enterprises',
  entry: 'Enterprise',
  title: { zh: '企业', en: 'Enterprises' },
  role: 'clerk',
  key: usccKey,
  named: 'name',
  searched: ['nameEn'],
  descriptive: {
    name: text('企业名称', 'Name', '名称', '单位名称', '公司名称'),
    nameEn: optional(text('英文名称', 'Name in English')),
    sector,
    district,
    lingang,
    aboveDesignatedSize: optional(yesNo('是否规模以上', 'Above designated size', '规模以上', '是否规上')),
    codeConfirmed: optional(yesNo('代码经核实无误', 'Code confirmed', '代码已核实')),
  },
  lasting: ['maturityLevel'],
  statuses: {
    enrolled: { zh: '已入库', en: 'Enrolled' },
    upgrading: { zh: '改造中', en: 'Upgrading' },
    upgraded: { zh: '已转型升级', en: 'Upgraded' },
    left: { zh: '已退出', en: 'Left' },
  },
  commands: {
    enroll: {
      event: 'EnterpriseEnrolled',
      title: { zh: '入库', en: 'Enroll' },
      moves: to('enrolled', 'none', 'left'),
    },
    diagnose: {
      event: 'UpgradeDiagnosed',
      title: { zh: '诊断', en: 'Diagnose' },
      moves: stay('enrolled', 'upgrading', 'upgraded'),
      fields: { maturityLevel: integer(1, 5, '成熟度等级（GB/T 39116-2020）', 'Maturity level', '成熟度等级') },
    },
    'start-upgrade': {
      event: 'UpgradeStarted',
      title: { zh: '启动改造', en: 'Start upgrade' },
      moves: { ...to('upgrading', 'enrolled'), ...stay('upgraded') },
      fields: {
        project: text('项目名称', 'Project', '项目'),
        investmentCny: optional(yuan('投资额（元）', 'Investment in yuan', '投资额', '总投资')),
      },
    },
    'complete-upgrade': {
      event: 'UpgradeCompleted',
      title: { zh: '完成改造', en: 'Complete upgrade' },
      moves: to('upgraded', 'none', 'enrolled', 'upgrading', 'upgraded'),
      fields: {
        project: text('项目名称', 'Project', '项目'),
        outcome: choice(
          { transformed: { zh: '转型', en: 'Transformed' }, upgraded: { zh: '升级', en: 'Upgraded' } },
          '成效',
          'Outcome',
        ),
      },
    },
    leave: {
      event: 'EnterpriseLeft',
      title: { zh: '退出', en: 'Leave' },
      moves: to('left', 'enrolled', 'upgrading', 'upgraded'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    upgraded: {
      title: { zh: '智能化转型升级企业', en: 'Upgraded enterprises' },
      when: (entry) => entry.status === 'upgraded' && entry.fields.aboveDesignatedSize !== false,
    },
  },
  check: lingangInPudong,
  start: (key, { data, evidence }) => {
    const fault = usccFault(key);
    if (fault === undefined) return true;
    const confirmable = fault === 'check' || fault === 'organisation';
    return confirmable && data.codeConfirmed === true && evidence.length > 0;
  },
});
