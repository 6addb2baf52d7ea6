import { addDays, type Day } from '../../domain/calendar.ts';
import type { JsonObject } from '../../domain/json.ts';
import { districts, sectors } from '../../domain/places.ts';
import type { Chance } from './chance.ts';
import { enterpriseCode } from './enterprise-code.ts';

/** A command of a life, without its day. */
type Step = { readonly command: string; readonly fields: JsonObject };

/** The facts of one entry, in the order of their effective dates. */
export type Life = { readonly register: string; readonly key: string; readonly steps: readonly Step[] };

const places = Object.keys(districts) as [string, ...string[]];
const branches = Object.keys(sectors) as [string, ...string[]];
const trades = ['精密机械', '汽车电子', '航空部件', '生物医药', '智能装备', '绿色材料', '工业软件', '机器人'] as const;
const forms = ['有限公司', '股份有限公司', '科技有限公司'] as const;
const panels = ['市经信委专家组甲', '市经信委专家组乙', '区级评审组'] as const;

/** Generates one life after another; `enrolled` gives the code of an enterprise to refer to, if there is one yet. */
export const livesFrom = (chance: Chance, enrolled: () => string | undefined): (() => Life) => {
  let number = 0;
  const place = () => {
    const district = chance.oneOf(places);
    return {
      sector: chance.oneOf(branches),
      district,
      ...(district === 'pudong' && chance.draw() < 0.3 ? { lingang: true } : {}),
    };
  };
  const maker = () => `上海${chance.oneOf(trades)}${number}号${chance.oneOf(forms)}`;
  const sometimes = (share: number, ...steps: readonly Step[]) => (chance.draw() < share ? steps : []);
  const tied = (): JsonObject => {
    const enterprise = chance.draw() < 0.5 ? enrolled() : undefined;
    return enterprise === undefined ? {} : { enterprise };
  };
  const slug = (kind: string) => `${kind}-${String(number).padStart(7, '0')}`;

  const enterprise = (): Life => {
    const steps = [
      { command: 'enroll', fields: { name: maker(), ...place(), aboveDesignatedSize: chance.draw() < 0.9 } },
      { command: 'diagnose', fields: { maturityLevel: 1 + chance.below(3) } },
      ...sometimes(0.8, {
        command: 'start-upgrade',
        fields: { project: `${chance.oneOf(trades)}产线改造`, investmentCny: 1_000_000 * (1 + chance.below(200)) },
      }),
      ...sometimes(0.4, { command: 'diagnose', fields: { maturityLevel: 2 + chance.below(4) } }),
      ...sometimes(0.3, { command: 'amend', fields: { name: maker() } }),
      ...sometimes(0.7, {
        command: 'complete-upgrade',
        fields: { project: `${chance.oneOf(trades)}产线改造`, outcome: chance.oneOf(['transformed', 'upgraded']) },
      }),
    ];
    return { register: 'enterprises', key: enterpriseCode(number), steps };
  };
  const factory = (): Life => {
    const steps = [
      { command: 'nominate', fields: { name: `${maker()}智能工厂`, operator: maker(), ...place(), ...tied() } },
      { command: 'assess', fields: { panel: chance.oneOf(panels), score: 60 + chance.below(41) } },
      ...sometimes(0.3, { command: 'assess', fields: { panel: chance.oneOf(panels), score: 80 + chance.below(21) } }),
      { command: 'announce', fields: {} },
      ...sometimes(0.8, {
        command: 'certify',
        fields: { grade: chance.oneOf(['demonstration', 'benchmark']), certificateNo: `沪智造〔${number}〕` },
      }),
      ...sometimes(0.3, { command: 'amend', fields: { operator: maker() } }),
    ];
    const certified = steps.some(({ command }) => command === 'certify');
    const later = certified
      ? sometimes(0.2, { command: 'suspend', fields: { reason: '整改' } }, { command: 'reinstate', fields: {} })
      : [];
    return { register: 'factories', key: slug('f'), steps: [...steps, ...later] };
  };
  const criterion = (): Life => ({
    register: 'criteria',
    key: slug('c'),
    steps: [
      {
        command: 'propose',
        fields: {
          title: `智能制造 ${chance.oneOf(trades)} 第${number}部分`,
          level: chance.oneOf(['national', 'local', 'group']),
        },
      },
      { command: 'draft', fields: {} },
      { command: 'ratify', fields: {} },
      ...sometimes(0.8, { command: 'publish', fields: { number: `T/SH ${number}-2021` } }),
    ],
  });
  const breakthrough = (): Life => ({
    register: 'breakthroughs',
    key: slug('b'),
    steps: [
      {
        command: 'claim',
        fields: {
          title: `${chance.oneOf(trades)}首台套${number}`,
          category: chance.oneOf(['equipment', 'software', 'component']),
          maker: maker(),
          sector: chance.oneOf(branches),
          ...tied(),
        },
      },
      ...sometimes(0.7, { command: 'verify', fields: { panel: chance.oneOf(panels), firstOfItsKind: true } }),
    ],
  });
  const supplier = (): Life => ({
    register: 'suppliers',
    key: slug('s'),
    steps: [
      { command: 'nominate', fields: { name: maker(), ...tied() } },
      ...sometimes(0.6, {
        command: 'designate',
        fields: { tier: chance.oneOf(['1bn', '10bn']), revenueCny: 1_000_000_000 + chance.below(9_000_000) * 1_000 },
      }),
    ],
  });
  const kinds = [enterprise, enterprise, enterprise, enterprise, factory, factory, criterion, breakthrough, supplier];

  return () => {
    number += 1;
    return chance.oneOf(kinds)();
  };
};

/** A day for the next fact of a life: some days after the one before it, never after `today`. */
export const nextDay = (chance: Chance, before: Day | undefined, today: Day): Day => {
  const day = before === undefined ? addDays(today, -chance.below(120)) : addDays(before, 1 + chance.below(20));
  return day > today ? today : day;
};
