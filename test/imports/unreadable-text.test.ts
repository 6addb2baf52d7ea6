import { expect, test } from 'vitest';
import { notIJsonAt } from '../../domain/json.ts';
import { importEvent } from '../../src/imports/records.ts';

const bad = ['\u0001', '\u0000', '\u001b', '\u0085', '\ud800', '\udfff', '\uffff', '\ufdd0'];

test('what nobody can read in a file’s headers, lines and reasons reaches the ledger as a replacement character', () => {
  for (const character of bad) {
    const text = `表头${character}第二行\n`;
    const started = importEvent('one', 'li.wei', {
      type: 'ImportStarted',
      data: {
        register: 'factories',
        command: 'nominate',
        file: `${text}.csv`,
        sha256: '0'.repeat(64),
        set: { sector: text },
        sheet: text,
        ignored: [text],
        total: 1,
        asides: [{ line: 3, text }],
      },
    });
    const reason = { zh: text, en: text };
    const refused = importEvent('one', 'li.wei', {
      type: 'ImportRowsRefused',
      data: { refusals: [{ row: 1, line: 2, column: text, reason }] },
    });
    for (const event of [started, refused]) {
      expect(notIJsonAt(event)).toBeUndefined();
      expect(JSON.stringify(event)).not.toContain(JSON.stringify(character).slice(1, -1));
      expect(JSON.stringify(event)).toContain('表头\ufffd第二行\\n');
    }
  }
});
