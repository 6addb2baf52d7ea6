import { expect, test } from 'vitest';
import { notIJsonAt } from '../../domain/json.ts';
import { cleaned, importEvent } from '../../src/imports/records.ts';

const bad = ['\u0001', '\u0000', '\u001b', '\u0085', '\ud800', '\udfff', '\uffff', '\ufdd0'];

test('what nobody can read in a file’s headers, lines and reasons is recorded as a replacement character', () => {
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
        skipped: 1,
      },
    });
    const decided = importEvent('one', 'li.wei', {
      type: 'ImportDecisionStarted',
      data: { decision: 'undo', reason: text },
    });
    expect(cleaned([{ line: 3, text }])).toEqual([{ line: 3, text: '表头\ufffd第二行\n' }]);
    for (const event of [started, decided]) {
      expect(notIJsonAt(event)).toBeUndefined();
      expect(JSON.stringify(event)).not.toContain(JSON.stringify(character).slice(1, -1));
      expect(JSON.stringify(event)).toContain('表头\ufffd第二行\\n');
    }
  }
});
