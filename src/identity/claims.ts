import { shortText } from '../../domain/field.ts';
import { isObject } from '../../domain/json.ts';
import type { FederatedPerson } from './federated.ts';
import { type Role, roles } from './identity.ts';

/** What an issuer's claims say of a person. */

/** The subject of an issuer's person, `<issuer>#<sub>`; undefined if it is no text that the ledger keeps as it is. */
export const subjectAt = (issuer: string, sub: string): string | undefined => {
  const subject = `${issuer}#${sub}`;
  return sub !== '' && shortText.safeParse(subject).data === subject ? subject : undefined;
};

/**
 * The roles of ours in the claim of this name: a text or a list of texts. What is no role of ours is left out, since
 * issuers have roles for other systems too; so is a role in another case.
 */
export const rolesAt = (claims: object, name: string | undefined): readonly Role[] => {
  const given = name === undefined ? [] : [claimAt(claims, name)].flat();
  return roles.filter((role) => given.includes(role));
};

/** The claim of a name; if none has the whole name, its dots stand between the names of nested ones. */
const claimAt = (claims: unknown, name: string): unknown => {
  if (!isObject(claims)) return undefined;
  if (Object.hasOwn(claims, name)) return claims[name];
  const parts = name.split('.');
  for (let count = parts.length - 1; count > 0; count--) {
    const outer = parts.slice(0, count).join('.');
    if (Object.hasOwn(claims, outer)) return claimAt(claims[outer], parts.slice(count).join('.'));
  }
  return undefined;
};

/** A person by their claims (OpenID Connect Core §5.1); without a name that can be shown, the subject stands for it. */
export const personIn = (
  claims: Readonly<Record<string, unknown>>,
  subject: string,
  rolesClaim: string | undefined,
): FederatedPerson => {
  const names = [claims.name, claims.preferred_username].map((name) => shortText.safeParse(name).data);
  return { subject, name: names.find((name) => name !== undefined) ?? subject, roles: rolesAt(claims, rolesClaim) };
};
