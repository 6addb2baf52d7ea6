import { enterprise, freeText, optional, text, textOrKey, yuan } from '../field.ts';
import { slugKey } from '../key.ts';
import { register, to } from '../register.ts';

export const solutions = register({
  name: 'solutions',
  entry: 'Solution',
  title: { zh: '解决方案输出', en: 'Solutions' },
  role: 'clerk',
  key: slugKey,
  keyFrom: { hash: ['supplier', 'client', 'destination'] },
  named: 'client',
  searched: ['supplier', 'destination'],
  descriptive: {
    supplier: textOrKey('suppliers', '供应商名称', 'Supplier', '供应商'),
    client: text('客户名称', 'Client', '客户'),
    destination: text('输出目的地', 'Destination', '输出地', '目的地'),
    enterprise: optional(enterprise('企业代码', 'Enterprise', '统一社会信用代码', '信用代码')),
    valueCny: optional(yuan('合同金额（元）', 'Value in yuan', '合同额（元）', '合同金额', '合同额')),
  },
  statuses: {
    contracted: { zh: '已签约', en: 'Contracted' },
    exported: { zh: '已交付', en: 'Exported' },
    cancelled: { zh: '已取消', en: 'Cancelled' },
  },
  commands: {
    sign: { event: 'SolutionContractSigned', title: { zh: '签约', en: 'Sign' }, moves: to('contracted', 'none') },
    deliver: {
      event: 'SolutionExported',
      title: { zh: '交付', en: 'Deliver' },
      moves: to('exported', 'none', 'contracted'),
    },
    cancel: {
      event: 'SolutionContractCancelled',
      title: { zh: '取消', en: 'Cancel' },
      moves: to('cancelled', 'contracted', 'exported'),
      fields: { reason: freeText('原因', 'Reason') },
    },
  },
  measures: {
    exported: {
      title: { zh: '系统解决方案输出', en: 'Exported solutions' },
      when: (entry) => entry.status === 'exported',
    },
  },
});
