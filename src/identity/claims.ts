import { shortText } from '../../domain/field.ts';
import { isObject } from '../../domain/json.ts';
import type { FederatedPerson } from './federated.ts';
import { type Role, roles } from './identity.ts';

/** What an issuer's claims say of a person. */
type Claims = Readonly<Record<string, unknown>>;

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

/** The name in claims (OpenID Connect Core §5.1); undefined if none of them can be shown. */
const nameIn = ({ name, preferred_username: other }: Claims): string | undefined =>
  shortText.safeParse(name).data ?? shortText.safeParse(other).data;

/** Whether claims say all that the registry asks of a person. */
export const sayAll = (claims: Claims, rolesClaim: string | undefined): boolean =>
  nameIn(claims) !== undefined && (rolesClaim === undefined || claimAt(claims, rolesClaim) !== undefined);

/** A person by their claims; without a name, the subject stands for it. */
export const personIn = (claims: Claims, subject: string, rolesClaim: string | undefined): FederatedPerson => ({
  subject,
  name: nameIn(claims) ?? subject,
  roles: rolesAt(claims, rolesClaim),
});
