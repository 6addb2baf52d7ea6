import { measureId, type Register } from '../register.ts';
import { breakthroughs } from './breakthroughs.ts';
import { criteria } from './criteria.ts';
import { enterprises } from './enterprises.ts';
import { factories } from './factories.ts';
import { listings } from './listings.ts';
import { plansCounting } from './plans.ts';
import { platforms } from './platforms.ts';
import { solutions } from './solutions.ts';
import { suppliers } from './suppliers.ts';

const counted: readonly Register[] = [
  enterprises,
  factories,
  criteria,
  breakthroughs,
  suppliers,
  platforms,
  listings,
  solutions,
];

/** Every measure that a plan can have a target of, `factories.certified` and so on. */
export const measureIds: readonly string[] = counted.flatMap((register) =>
  Object.keys(register.measures).map((measure) => measureId(register, measure)),
);

export const plans = plansCounting(measureIds);

/** All registers, plans last. */
export const registers: readonly Register[] = [...counted, plans];

const byName = new Map(registers.map((register) => [register.name, register]));

export const registerNamed = (name: string): Register | undefined => byName.get(name);
