import { useEffect, useRef, useState } from 'react';
import type { Times } from '../times.ts';

/** A dial that has not moved for this long has come to rest. */
const restMs = 1_000;

type Props = {
  readonly times: Times;
  /** What is shown for these times; undefined until it is read. */
  readonly text: string | undefined;
};

/** Says what a chart shows once a dial has moved it and has come to rest; moved numbers of today are said elsewhere. */
export const Heard = ({ times: { on, knownAt }, text }: Props) => {
  const [message, setMessage] = useState('');
  const times = `${on} ${knownAt}`;
  const saidFor = useRef(times);
  useEffect(() => {
    if (text === undefined || times === saidFor.current) return;
    const timer = setTimeout(() => {
      saidFor.current = times;
      setMessage(text);
    }, restMs);
    return () => clearTimeout(timer);
  }, [times, text]);
  return (
    <p className="visually-hidden" role="status">
      {message}
    </p>
  );
};
