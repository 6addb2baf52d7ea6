import { useEffect, useRef, useSyncExternalStore } from 'react';

/** Keys that act by themselves, which people can switch off (WCAG 2.1.4); the browser remembers that. */

const stored = 'single-keys';
const listeners = new Set<() => void>();

const isOn = (): boolean => {
  try {
    return localStorage.getItem(stored) !== 'off';
  } catch {
    return true; // the browser keeps nothing for this page
  }
};

const setOn = (on: boolean): void => {
  try {
    localStorage.setItem(stored, on ? 'on' : 'off');
  } catch {
    // Then it is not remembered.
  }
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('storage', listener);
  };
};

export const useSwitch = (): readonly [boolean, (on: boolean) => void] => [
  useSyncExternalStore(subscribe, isOn),
  setOn,
];

export type Pressed = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'repeat' | 'isComposing' | 'defaultPrevented'
>;

/** The single key that was pressed; undefined for a chord, a key that is held down, and while one types. */
export const singleKey = (pressed: Pressed, isTyping: boolean): string | undefined => {
  const { key, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing, defaultPrevented } = pressed;
  if (isTyping || isComposing || repeat || defaultPrevented || ctrlKey || metaKey || altKey) return undefined;
  // A letter is the same with Caps Lock, and another with Shift; `?` is Shift and something on most keyboards.
  return /^\p{L}$/u.test(key) ? (shiftKey ? undefined : key.toLowerCase()) : key;
};

const fields = 'input, select, textarea, [contenteditable], dialog, dialog *';

/** Does what a key stands for, unless keys are switched off. */
export const useKeys = (actions: Readonly<Record<string, () => void>>): void => {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches(fields);
      const key = isOn() ? singleKey(event, isTyping) : undefined;
      const action = key === undefined || !Object.hasOwn(latest.current, key) ? undefined : latest.current[key];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
};
