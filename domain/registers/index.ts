import { measureId, type Register } from '../register.ts';
import * as declared from './declared.ts';
import { plansCounting } from './plans.ts';

const counted: readonly Register[] = Object.values(declared);

const measures = Object.fromEntries(
  counted.flatMap((register) =>
    Object.entries(register.measures).map(([name, { title }]) => [measureId(register, name), title]),
  ),
);

/** Every measure that a plan can set a target for, such as `factories.certified`. */
export const measureIds: readonly string[] = Object.keys(measures);

export const plans = plansCounting(measures);

/** All registers, plans last. */
export const registers: readonly Register[] = [...counted, plans];

const byName = new Map(registers.map((register) => [register.name, register]));

export const registerNamed = (name: string): Register | undefined => byName.get(name);
