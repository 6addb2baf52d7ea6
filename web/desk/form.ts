import { type RefObject, useEffect } from 'react';

/** The texts of a form's fields by their names; a field left empty is left out. */
export const textsOf = (form: HTMLFormElement): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...new FormData(form)].flatMap(([name, value]) =>
      typeof value === 'string' && value !== '' ? [[name, value]] : [],
    ),
  );

/** Leads to the first field that is refused; a refusal of the whole is announced where it stands. */
export const useFaultFocus = (form: RefObject<HTMLFormElement | null>, error: Error | undefined): void => {
  useEffect(() => {
    if (error !== undefined) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form, error]);
};
