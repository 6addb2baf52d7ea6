import { readFileSync } from 'node:fs';

/** Loaded before a server (`--import`): shifts its clock by the milliseconds that a file gives at that moment. */

const RealDate = Date;
const shiftMs = (): number => Number(readFileSync(process.env.CLOCK_SHIFT_FILE ?? '', 'utf8'));
const shiftedNow = (): number => RealDate.now() + shiftMs();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget) as object,
  apply: () => new RealDate(shiftedNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? shiftedNow : Reflect.get(target, name, receiver)),
});
