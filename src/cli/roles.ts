import { type Role, roles } from '../identity/identity.ts';
import { Refusal } from './output.ts';

/** The `--role` option of commands that grant roles: its flag and its description. */
export const roleOption = ['--role <role...>', `one or more of ${roles.join(', ')}`] as const;

/** The roles that `--role` names, in their own order. Throws a `Refusal` if one is none. */
export const rolesNamed = (names: readonly string[] = []): readonly Role[] => {
  const wrong = names.find((name) => !roles.some((role) => role === name));
  if (wrong !== undefined) throw new Refusal(`"${wrong}" is not a role; choose from ${roles.join(', ')}`, true);
  if (names.length === 0) throw new Refusal(`--role is missing; choose from ${roles.join(', ')}`, true);
  return roles.filter((role) => names.includes(role));
};
