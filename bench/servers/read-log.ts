import { DatabaseSync } from 'node:sqlite';

// What folding the log is measured against: it is read in its order, and what is JSON in it is parsed.
const [file = ''] = process.argv.slice(2);
const db = new DatabaseSync(file, { readOnly: true, returnArrays: true });
let events = 0;
for (const row of db.prepare('SELECT * FROM events ORDER BY entry_number').iterate()) {
  const [, , , , , , , data, metadata] = row as unknown as readonly string[];
  JSON.parse(data ?? '');
  JSON.parse(metadata ?? '');
  events += 1;
}
process.stdout.write(`${events}\n`);
