import { useEffect, useState } from 'react';

/** A value once it has not changed for some time. */
export const usePaused = <T>(value: T, pauseMs: number): T => {
  const [paused, setPaused] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return paused;
};
