import { measureId, type Register } from '../register.ts';
import * as declared from './declared.ts';
import { plansCounting } from './plans.ts';

const counted: readonly Register[] = Object.values(declared);

/** Every measure that a plan can set a target for, such as `factories.certified`. */
export const measureIds: readonly string[] = counted.flatMap((register) =>
  Object.keys(register.measures).map((measure) => measureId(register, measure)),
);

export const plans = plansCounting(measureIds);

/** All registers, plans last. */
export const registers: readonly Register[] = [...counted, plans];

const byName = new Map(registers.map((register) => [register.name, register]));

export const registerNamed = (name: string): Register | undefined => byName.get(name);
