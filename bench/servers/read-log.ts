import { DatabaseSync } from 'node:sqlite';

// The baseline of building a read model: reads the ledger in order and parses its JSON.
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
