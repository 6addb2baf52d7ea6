/** What a subject may do; a token carries one or more of them. */
export const roles = ['viewer', 'clerk', 'reviewer', 'auditor', 'admin'] as const;
export type Role = (typeof roles)[number];

export type Identity = { readonly subject: string; readonly roles: ReadonlySet<Role> };

/** Whether an identity may do what a role may: a reviewer may do everything that a clerk may. */
export const holds = (identity: Identity | undefined, role: Role): boolean =>
  identity !== undefined &&
  (identity.roles.has(role) ||
    (role === 'clerk' && identity.roles.has('reviewer')) ||
    (role === 'viewer' && identity.roles.size > 0));
