import { describe, expect, test } from 'vitest';
import { registers } from '../../domain/registers/index.ts';
import { commandExample } from '../../src/commands/examples.ts';
import { nothingOf, when } from './given.ts';

describe.each(registers.map((register) => [register.name, register] as const))('the commands of %s', (_, register) => {
  const facts = register.facts.filter(({ isAmend }) => !isAmend);

  test.each(facts.map((kind) => [kind.command, kind] as const))('%s requires what it says', (command, kind) => {
    const example = commandExample(register, command);
    for (const left of Object.keys(kind.takes)) {
      const body = Object.fromEntries(Object.entries(example).filter(([name]) => name !== left));
      expect(kind.body.safeParse(body).success, left).toBe(!kind.required.includes(left));
    }
  });

  test.each(facts.map((kind) => [kind.command, kind] as const))(
    '%s that starts a history requires what it says for that',
    (command, kind) => {
      const example = commandExample(register, command);
      const known = nothingOf(register, register.key.example);
      for (const left of kind.requiredToStart) {
        const body = Object.fromEntries(Object.entries(example).filter(([name]) => name !== left));
        expect(when(known, { name: command, body: () => body })).toMatchObject({
          rejection: { code: 'invalid-request', errors: [{ pointer: `/${left}` }] },
        });
      }
    },
  );
});
