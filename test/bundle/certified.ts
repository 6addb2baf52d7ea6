import { approvedBy, given, submittedBy } from '../domain/given.ts';
import { factory } from '../domain/vocabulary.ts';
import { startNode } from '../readmodel/node.ts';
import { exported, type Key, keyNamed, treeOf } from './folder.ts';

/** A factory that two people have certified, with a note. */
export const certified = (name: string, day: string) => {
  const certify = factory.certified(day, { ...factory.described, note: `电话核实 ${name}` });
  const about = { register: factory.register, key: name };
  const submission = { ...submittedBy('li.wei', certify), about };
  return given(submission, { ...approvedBy('wang.fang', 0, 'li.wei', certify), about });
};

/** Folders with 301 events, signed by a key and by that of another registry, and an older checkpoint of 100 events. */
export const certifiedFolders = async (key: Key, verifier?: Uint8Array) => {
  const closing: (() => Promise<void>)[] = [];
  const node = await startNode((close) => closing.push(close));
  for (let n = 0; n < 150; n++)
    await node.append(certified(`factory-${n}`, `2020-${(n % 12) + 1 < 10 ? '0' : ''}${(n % 12) + 1}-15`));
  const whole = await exported(node.store, key, verifier);
  const older = key.signed(await treeOf(node.store, 100));
  const other = await exported(node.store, keyNamed('other.example.org/ledger'));
  await Promise.all(closing.map((close) => close()));
  return { whole, older, other };
};
