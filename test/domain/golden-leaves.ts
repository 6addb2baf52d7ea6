import { hash } from 'node:crypto';
import type { Body, LedgerEvent, Metadata, Seals } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import { digested } from '../../domain/leaf.ts';

/**
 * Events with their leaves. They never change: a leaf that is made otherwise belongs to another ledger than the one
 * whose root was signed. docs/ledger.md has the same lines.
 */
export type Golden = {
  readonly name: string;
  readonly event: LedgerEvent;
  readonly line: string;
  /** RFC 6962 §2.1: SHA-256 of a zero byte and the leaf, 64 hex digits. */
  readonly leafHash: string;
};

const seal = (salt: string, text: Json) => ({ salt, sha256: hash('sha256', digested(salt, text)) });

const event = (
  entryNumber: number,
  revision: number,
  type: string,
  data: Body,
  metadata: Partial<Metadata>,
  seals: Seals = {},
): LedgerEvent => ({
  id: `00000000-0000-4000-8000-${String(entryNumber).padStart(12, '0')}`,
  type,
  data,
  metadata: {
    schema: 1,
    by: 'p-l1QmrM6kE2iwdxuJ5b3GmA',
    command: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    bodySha256: '1a'.repeat(32),
    ...metadata,
  },
  source: 'registry.example.org/ledger',
  seals,
  stream: `upgrade.${data.register}-${data.key.toLowerCase()}`,
  revision,
  recordedAt: `2021-01-05T02:00:00.${String(entryNumber % 1_000).padStart(3, '0')}Z`,
  entryNumber,
});

const events: readonly (readonly [name: string, event: LedgerEvent])[] = [
  [
    'a fact without free texts',
    event(
      41,
      0,
      'FactoryAssessed',
      {
        register: 'factories',
        key: 'KangQiao',
        effectiveOn: '2020-01-10',
        data: { name: '康桥“数字”工厂 𠮷', score: 97.5, lingang: true, operator: 'A\\B\n/' },
      },
      { import: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', row: 7 },
    ),
  ],
  [
    'an approved fact with a note and evidence',
    event(
      42,
      2,
      'FactoryCertifiedAsModel',
      {
        register: 'factories',
        key: 'KangQiao',
        effectiveOn: '2020-11-03',
        data: { grade: 'demonstration' },
        evidence: [{ title: '认定文件', uri: 'https://x.cn/' }],
        note: '电话核实',
      },
      { approvedBy: 'p-9mUqO1S4CzXb0kYw7aTRVg', submission: 'factories~KangQiao~1' },
      {
        '/note': seal('AAAAAAAAAAAAAAAAAAAAAA', '电话核实'),
        '/evidence/0/title': seal('BBBBBBBBBBBBBBBBBBBBBA', '认定文件'),
        '/evidence/0/uri': seal('CCCCCCCCCCCCCCCCCCCCCA', 'https://x.cn/'),
      },
    ),
  ],
  [
    'a submission of a correction, with a reason and a panel',
    event(
      1_000_000,
      3,
      'CommandSubmitted',
      {
        register: 'factories',
        key: 'KangQiao',
        data: {
          command: 'correct',
          body: {
            event: '00000000-0000-4000-8000-000000000041',
            data: { panel: '张三、李四', score: null },
            reason: '文件所载不同',
            evidence: [{ title: '更正说明', sha256: '2b'.repeat(32) }],
          },
        },
      },
      {},
      {
        '/data/body/data/panel': seal('DDDDDDDDDDDDDDDDDDDDDA', '张三、李四'),
        '/data/body/reason': seal('EEEEEEEEEEEEEEEEEEEEEA', '文件所载不同'),
        '/data/body/evidence/0/title': seal('FFFFFFFFFFFFFFFFFFFFFA', '更正说明'),
      },
    ),
  ],
  [
    'the start of an import',
    event(
      43,
      0,
      'ImportStarted',
      {
        register: 'imports',
        key: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
        data: {
          register: 'factories',
          command: 'certify',
          file: '王芳整理.xlsx',
          sha256: '3c'.repeat(32),
          set: { grade: 'demonstration', note: '第一批' },
          ignored: ['联系人'],
          total: 2,
          skipped: 1,
        },
      },
      {},
      {
        '/data/file': seal('GGGGGGGGGGGGGGGGGGGGGA', '王芳整理.xlsx'),
        '/data/set/note': seal('HHHHHHHHHHHHHHHHHHHHHA', '第一批'),
        '/data/ignored': seal('IIIIIIIIIIIIIIIIIIIIIA', ['联系人']),
      },
    ),
  ],
];

const leaves: readonly (readonly [line: string, leafHash: string])[] = [
  [
    '{"data":{"data":{"lingang":true,"name":"康桥“数字”工厂 𠮷","operator":"A\\\\B\\n/","score":97.5},"effectiveOn":"2020-01-10","key":"KangQiao","metadata":{"bodySha256":"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","by":"p-l1QmrM6kE2iwdxuJ5b3GmA","command":"f47ac10b-58cc-4372-a567-0e02b2c3d479","import":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","row":7,"schema":1},"register":"factories","revision":0},"datacontenttype":"application/json","entrynumber":41,"id":"00000000-0000-4000-8000-000000000041","source":"registry.example.org/ledger","specversion":"1.0","subject":"factories/KangQiao","time":"2021-01-05T02:00:00.041Z","type":"FactoryAssessed"}',
    'da69bc42bdc4c5e7f92eaf94ae636d30142e04c2e8b9d85ba8795f2fc7b06157',
  ],
  [
    '{"data":{"data":{"grade":"demonstration"},"effectiveOn":"2020-11-03","evidence":[{"title":{"sha256":"cc4735c208215432b9870afcaecc70806619600fa5b2b8ee10430b6388653505"},"uri":{"sha256":"fd321b0598e81ed31273256667bc2f668b1cd49e961a9ef7af85b3834bc0212d"}}],"key":"KangQiao","metadata":{"approvedBy":"p-9mUqO1S4CzXb0kYw7aTRVg","bodySha256":"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","by":"p-l1QmrM6kE2iwdxuJ5b3GmA","command":"f47ac10b-58cc-4372-a567-0e02b2c3d479","schema":1,"submission":"factories~KangQiao~1"},"note":{"sha256":"c147ccf295e79f0befeb1d36a3372b5b1ea425beff2c898757a1f3e9508cd88f"},"register":"factories","revision":2},"datacontenttype":"application/json","entrynumber":42,"id":"00000000-0000-4000-8000-000000000042","source":"registry.example.org/ledger","specversion":"1.0","subject":"factories/KangQiao","time":"2021-01-05T02:00:00.042Z","type":"FactoryCertifiedAsModel"}',
    'dc63d3e83bff99a76678d30040e32e683f376382f8dfc752fd82dea711437103',
  ],
  [
    '{"data":{"data":{"body":{"data":{"panel":{"sha256":"f539d16dc3e2ad3d66a35f3e3fc41ccbfc8b40e8a8cadf35745f6b98d0435991"},"score":null},"event":"00000000-0000-4000-8000-000000000041","evidence":[{"sha256":"2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b","title":{"sha256":"21221f06a367299094468b97e30d79c5ea1a857a1ce9d3b730869bfb8bada562"}}],"reason":{"sha256":"cde351d5eb1339d3ab1e2673eb423ac9cbb7d43065ac163161134210cccce52b"}},"command":"correct"},"key":"KangQiao","metadata":{"bodySha256":"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","by":"p-l1QmrM6kE2iwdxuJ5b3GmA","command":"f47ac10b-58cc-4372-a567-0e02b2c3d479","schema":1},"register":"factories","revision":3},"datacontenttype":"application/json","entrynumber":1000000,"id":"00000000-0000-4000-8000-000001000000","source":"registry.example.org/ledger","specversion":"1.0","subject":"factories/KangQiao","time":"2021-01-05T02:00:00.000Z","type":"CommandSubmitted"}',
    '2dc3a8621e7e0c0bc2ad6aa727d47544f304b1a914dc804097a03c3f9365e6a1',
  ],
  [
    '{"data":{"data":{"command":"certify","file":{"sha256":"3c9d0b5f231e7ce2524050e1fc2f88d1e046fb7e4ae31e3355cb87bf594ee65c"},"ignored":{"sha256":"2f12978ace1f2e57eb092442b8baac8c6eda938eee42a24ad3a1d838e2c70e05"},"register":"factories","set":{"grade":"demonstration","note":{"sha256":"6d0b69fb7960ba39fbf07ac0c0ef24fb144a7c69ec8eee7c7430f2bb83a1b4d2"}},"sha256":"3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c","skipped":1,"total":2},"key":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","metadata":{"bodySha256":"1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a","by":"p-l1QmrM6kE2iwdxuJ5b3GmA","command":"f47ac10b-58cc-4372-a567-0e02b2c3d479","schema":1},"register":"imports","revision":0},"datacontenttype":"application/json","entrynumber":43,"id":"00000000-0000-4000-8000-000000000043","source":"registry.example.org/ledger","specversion":"1.0","subject":"imports/6ba7b810-9dad-41d1-80b4-00c04fd430c8","time":"2021-01-05T02:00:00.043Z","type":"ImportStarted"}',
    '993f106f815adfb6744f5f3fe06cf521d60c1da29947434a84685c61e8cc82e1',
  ],
];

export const golden: readonly Golden[] = events.map(([name, event], index) => {
  const [line = '', leafHash = ''] = leaves[index] ?? [];
  return { name, event, line, leafHash };
});
