/** HTML as text, in which everything that is not markup of ours is escaped. */
export type Html = { readonly html: string };

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const rendered = (value: string | number | Html | readonly Html[]): string => {
  if (typeof value === 'object') return 'html' in value ? value.html : value.map(({ html }) => html).join('');
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '');
};

/** A template whose texts are escaped and whose parts in HTML stay as they are: the only way in which pages are made. */
export const html = (
  markup: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html => ({
  html: markup.reduce((all, each, index) => `${all}${rendered(values[index - 1] ?? '')}${each}`),
});
