import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../../parts/Button.tsx';
import { Field } from '../../parts/Field.tsx';
import { checkCheckpoint, type PinnableKey, pinnableKey, type Wrong } from '../../verifying/event-proof.ts';
import { useSpoken } from '../../words/words.ts';
import css from './audit.module.css';
import { checkpointBytes, tileBytes } from './bytes.ts';
import { usePinned } from './pinned.ts';
import { proofWords } from './proof-words.ts';

/** The key by which this auditor checks proofs: pinned here, compared with what the server signs by. */
export const PinnedKey = () => {
  const { said, titled } = useSpoken();
  const { key: words } = said(proofWords);
  const [pinned, pin] = usePinned();
  const [text, setText] = useState('');
  const [fault, setFault] = useState<Wrong>();
  const send = (event: FormEvent) => {
    event.preventDefault();
    const key = text.trim();
    const parsed = pinnableKey(key);
    setFault('fault' in parsed ? parsed : undefined);
    if ('fault' in parsed) return;
    pin({ key });
    setText('');
  };
  const shown = pinned && pinnableKey(pinned.key);
  return (
    <section className={css.part} aria-labelledby="pinned-key">
      <h2 id="pinned-key">{words.title}</h2>
      <p className={css.quiet}>{words.intro}</p>
      {pinned !== undefined && shown !== undefined && !('fault' in shown) ? (
        <>
          <Shown shown={shown} text={pinned.key} />
          <ServerKey />
          <p>
            <Button onPress={() => pin(undefined)}>{words.unpin}</Button>
          </p>
        </>
      ) : (
        <form className={css.key} noValidate onSubmit={send}>
          <Field label={words.field} hint={words.hint} fault={fault && titled(fault)}>
            {(control) => (
              <input {...control} value={text} spellCheck={false} onChange={({ target }) => setText(target.value)} />
            )}
          </Field>
          <Button type="submit">{words.pin}</Button>
        </form>
      )}
    </section>
  );
};

const Shown = ({ shown: { name, keyId }, text }: { readonly shown: PinnableKey; readonly text: string }) => {
  const { said } = useSpoken();
  const { key: words } = said(proofWords);
  return (
    <dl className={css.values}>
      {[
        [words.name, name],
        [words.id, keyId],
        [words.whole, text],
      ].map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <code>{value}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
};

/** What the server signs, compared with the pinned key and with what this browser has seen. */
const ServerKey = () => {
  const { language, said, number, titled } = useSpoken();
  const { key: words } = said(proofWords);
  const [pinned, pin] = usePinned();
  const { data } = useQuery({
    queryKey: ['/ledger/checkpoint', pinned?.key, language],
    queryFn: async () => {
      const note = await checkpointBytes(language);
      return pinned && checkCheckpoint(note, pinned, tileBytes(language));
    },
    staleTime: 0,
  });
  const seen = data !== undefined && 'seen' in data ? data.seen : undefined;
  useEffect(() => {
    if (seen !== undefined && pinned !== undefined && pinned.seen !== seen) pin({ key: pinned.key, seen });
  }, [seen, pinned, pin]);
  if (data === undefined) return null;
  return 'fault' in data ? (
    <div role="alert" className={css.wrong} data-fault={data.fault}>
      <p>✗ {words.differs}</p>
      <p>{titled(data)}</p>
    </div>
  ) : (
    <p role="status" className={css.right}>
      ✓ {words.good(number(data.size))}
    </p>
  );
};
