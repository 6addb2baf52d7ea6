import { measureId, type Register } from '../register.ts';
import * as declared from './declared.ts';
import { plansCounting } from './plans.ts';

/** The order in which people know the registers; others follow. */
const known: readonly string[] = [
  ...['enterprises', 'factories', 'criteria', 'breakthroughs'],
  ...['suppliers', 'platforms', 'listings', 'solutions'],
];
const place = ({ name }: Register): number => (known.includes(name) ? known.indexOf(name) : known.length);

// The names of a module are in alphabetical order.
const counted: readonly Register[] = Object.values<Register>(declared).sort((a, b) => place(a) - place(b));

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
