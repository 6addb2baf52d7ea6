/**
 * React Aria empties its live region by `innerHTML = ''`, which the page's policy refuses as it does all markup made of
 * texts. The browser lets this one text through and no other.
 */
type Policies = {
  readonly createPolicy: (name: 'default', rules: { readonly createHTML: (text: string) => string }) => unknown;
};

const { trustedTypes } = globalThis as { readonly trustedTypes?: Policies };

trustedTypes?.createPolicy('default', {
  createHTML: (text) => {
    if (text === '') return text;
    throw new TypeError('this page makes no markup of texts');
  },
});
