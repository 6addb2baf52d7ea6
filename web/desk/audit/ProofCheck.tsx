import { useState } from 'react';
import type { CloudEvent, History } from '../../answers.ts';
import { Button } from '../../parts/Button.tsx';
import { PageLink } from '../../parts/PageLink.tsx';
import { Refusal } from '../../parts/Refusal.tsx';
import type { EventShown, Wrong } from '../../verifying/event-proof.ts';
import { useSpoken } from '../../words/words.ts';
import { useAct } from '../act.ts';
import css from './audit.module.css';
import { bytesOfApi, tileBytes } from './bytes.ts';
import { usePinned } from './pinned.ts';
import { proofWords } from './proof-words.ts';
import { partOfHistory, shownEvent, shownInHistory, shownInTrail } from './shown-event.ts';

type Shown = Pick<EventShown, 'shown' | 'partOf' | 'entryNumber'> & {
  readonly id: string;
  readonly register: string;
  readonly keyText: string;
};

/** An event as the trail shows it: all of its leaf. */
export const TrailProof = ({ event }: { readonly event: CloudEvent }) => {
  const { register, key } = shownEvent(event);
  const { id, entrynumber: entryNumber } = event;
  const shown = shownInTrail(event);
  return <ProofCheck event={{ id, register, keyText: key, entryNumber, shown, partOf: (leaf) => leaf }} />;
};

type InHistory = { readonly history: History; readonly event: History['events'][number] };

/** An event as a history shows it. */
export const HistoryProof = ({ history, event }: InHistory) => {
  const { register, key } = history;
  const { id, entryNumber } = event;
  const shown = shownInHistory(history, event);
  return <ProofCheck event={{ id, register, keyText: key, entryNumber, shown, partOf: partOfHistory }} />;
};

const ProofCheck = ({ event }: { readonly event: Shown }) => {
  const { language, said, number, titled } = useSpoken();
  const { proof: words } = said(proofWords);
  const [pinned, pin] = usePinned();
  const act = useAct();
  const [answer, setAnswer] = useState<{ readonly size: number } | Wrong | 'no-key'>();
  const { id, entryNumber, register, keyText } = event;
  const check = () =>
    act.run(async () => {
      setAnswer(undefined);
      if (pinned === undefined) return setAnswer('no-key');
      const { checkEvent } = await import('../../verifying/event-proof.ts');
      // Of its entry, for a feed has no other end.
      const query = { register, key: keyText, ...(entryNumber > 0 && { after: entryNumber - 1 }) };
      const [line, proof] = await Promise.all([
        bytesOfApi('/events', language, query, 'application/x-ndjson'),
        bytesOfApi(`/events/${encodeURIComponent(id)}/proof`, language),
      ]);
      const [text = ''] = new TextDecoder().decode(line).split('\n');
      const checked = await checkEvent({ ...event, line: text, proof }, pinned, tileBytes(language));
      if ('seen' in checked) pin({ ...pinned, seen: checked.seen });
      setAnswer(checked);
    });
  return (
    <div className={css.proof}>
      <Button busy={act.isBusy} onPress={() => void check()}>
        {words.check(String(entryNumber))}
      </Button>
      {act.error !== undefined && <Refusal error={act.error} />}
      <div role="status">
        {answer === 'no-key' ? (
          <p>
            {words.noKey} <PageLink to="/audit">{words.toKey}</PageLink>
          </p>
        ) : answer === undefined ? null : 'fault' in answer ? (
          <p className={css.wrong} data-fault={answer.fault}>
            ✗ {titled(answer)}
          </p>
        ) : (
          <>
            <p className={css.right}>✓ {words.has(number(answer.size))}</p>
            <p className={css.quiet}>{words.texts}</p>
          </>
        )}
      </div>
    </div>
  );
};
