import type { Text } from '../../domain/field.ts';
import { commandsOf } from '../../domain/register.ts';
import { registers } from '../../domain/registers/index.ts';

/** What an operation is called in both languages, by its id; undefined if it has no title. */
export const titleOfOperation = (id: string): Text | undefined => titles.get(id);

const whole: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  submissions: ['提交列表', 'Submissions'],
  submission: ['一项提交', 'One submission'],
  'submission.approve': ['批准', 'Approve'],
  'submission.return': ['退回', 'Return'],
  'submission.withdraw': ['撤回', 'Withdraw'],
  imports: ['导入列表', 'Imports'],
  import: ['导入进度', 'Progress of an import'],
  'import.rows': ['导入的各行', 'Rows of an import'],
  'import.run': ['正式导入', 'Run a dry run for real'],
  'import.refused': ['未能导入的行', 'Refused rows'],
  'import.approve': ['整批批准', 'Approve a whole import'],
  'import.return': ['整批退回', 'Return a whole import'],
  'import.undo': ['撤销导入', 'Undo an import'],
  'import.end': ['结束导入', 'End an import'],
  registers: ['全部登记簿的定义', 'Every register'],
  'registers.one': ['一个登记簿的定义', 'One register'],
  events: ['审计记录', 'The trail'],
  targets: ['各项目标', 'Targets'],
  'target.entries': ['计入目标的登记项', 'Entries that a target counts'],
  'target.series': ['一项目标的变化曲线', 'Series of a target'],
  'target.changes': ['数字变化的原因', 'Why a count has changed'],
  series: ['全部目标的变化曲线', 'Series of every target'],
  'recording-days': ['有记录的日期', 'Days of recording'],
  measures: ['各项指标', 'Measures'],
  breakdown: ['分类计数', 'Breakdown'],
  live: ['实时更新', 'Live'],
  'live-health': ['进程是否应答', 'Whether the process answers'],
  'ready-health': ['节点是否就绪', 'Whether the node is ready'],
  metrics: ['运行指标', 'Metrics'],
  problem: ['问题说明', 'What a problem means'],
  openapi: ['接口文档（OpenAPI）', 'OpenAPI document'],
  docs: ['接口文档（网页）', 'Documentation'],
  'docs.style': ['接口文档的样式表', 'Style sheet of the documentation'],
  search: ['全部登记簿中查找', 'Search of all registers'],
  'session.begin': ['登录', 'Sign in'],
  session: ['当前会话', 'The session'],
  'session.end': ['退出登录', 'Sign out'],
  'session.sign-up': ['以注册链接设立账号', 'Sign up by link'],
  'sessions.end': ['退出全部会话', 'Sign out everywhere'],
  'session.password': ['修改密码', 'Change the password'],
  'oidc.start': ['通过统一身份认证登录', 'Sign in at the identity provider'],
  'oidc.callback': ['统一身份认证登录回调', 'Return from the identity provider'],
  accounts: ['账号列表', 'Accounts'],
  'accounts.add': ['添加账号', 'Add an account'],
  'accounts.change': ['修改账号', 'Change an account'],
  'accounts.log': ['账号变动记录', 'Log of accounts'],
  people: ['人员姓名', 'Names of people'],
  'logs.access': ['访问日志', 'Access log'],
  'logs.security': ['安全日志', 'Security log'],
  'exports.targets': ['导出目标（CSV）', 'Targets as CSV'],
  'exports.targets.xlsx': ['导出目标（XLSX）', 'Targets as XLSX'],
  'exports.breakdown': ['导出分布（CSV）', 'Breakdown as CSV'],
  'exports.breakdown.xlsx': ['导出分布（XLSX）', 'Breakdown as XLSX'],
  'exports.target-entries': ['导出目标构成（CSV）', 'Entries of a target as CSV'],
  'exports.target-entries.xlsx': ['导出目标构成（XLSX）', 'Entries of a target as XLSX'],
  'exports.trail': ['导出审计记录（CSV）', 'Trail as CSV'],
  'exports.trail.xlsx': ['导出审计记录（XLSX）', 'Trail as XLSX'],
};

const ofRegister = (name: string, { zh, en }: Text): Readonly<Record<string, readonly [zh: string, en: string]>> => ({
  [`${name}.entries`]: [`${zh}：列表`, `${en}: list`],
  [`${name}.entry`]: [`${zh}：一个登记项`, `${en}: one entry`],
  [`${name}.history`]: [`${zh}：历史`, `${en}: history`],
  [`imports.${name}`]: [`${zh}：导入`, `${en}: import`],
  [`imports.${name}.template`]: [`${zh}：导入模板`, `${en}: template for imports`],
  [`exports.${name}`]: [`${zh}：导出（CSV）`, `${en} as CSV`],
  [`exports.${name}.xlsx`]: [`${zh}：导出（XLSX）`, `${en} as XLSX`],
});

const titles: ReadonlyMap<string, Text> = new Map([
  ...[whole, ...registers.map(({ name, title }) => ofRegister(name, title))]
    .flatMap((each) => Object.entries(each))
    .map(([id, [zh, en]]) => [id, { zh, en }] as const),
  ...registers.flatMap((register) =>
    commandsOf(register).map(({ command, title: { zh, en } }) => [`${register.name}.${command}`, { zh, en }] as const),
  ),
]);
