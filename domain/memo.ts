/**
 * A function that makes something of an object, once for each object: the result is kept for as long as the object
 * lives. The object must never change, and the result must follow from it alone; `help` only saves work, and is
 * ignored once the result is there.
 */
export const memo = <Of extends object, Help extends readonly unknown[], Made extends object>(
  make: (of: Of, ...help: Help) => Made,
): ((of: Of, ...help: Help) => Made) => {
  const made = new WeakMap<Of, Made>();
  return (of, ...help) => {
    const known = made.get(of);
    if (known !== undefined) return known;
    const fresh = make(of, ...help);
    made.set(of, fresh);
    return fresh;
  };
};
