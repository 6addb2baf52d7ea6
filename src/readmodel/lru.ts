/**
 * Sets a key as the latest of a map, and removes the oldest one if there are more than `max`. By hand, since lru-cache
 * makes a fold slower and takes a millisecond to create.
 */
export const setLatest = <K, V>(map: Map<K, V>, key: K, value: V, max: number): void => {
  map.delete(key);
  map.set(key, value);
  const oldest = map.size > max ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
};

/** Results by name, made once and kept until `max` others have been used since. */
export const lru = <T>(max: number): ((name: string, make: () => T) => T) => {
  const kept = new Map<string, T>();
  return (name, make) => {
    const value = kept.has(name) ? (kept.get(name) as T) : make();
    setLatest(kept, name, value, max);
    return value;
  };
};
