import type { Text } from '../../domain/field.ts';

/** What a subject may do; a token carries one or more of them. */
export const roles = ['viewer', 'clerk', 'reviewer', 'auditor', 'admin'] as const;
export type Role = (typeof roles)[number];

export const roleTitles: Readonly<Record<Role, Text>> = {
  viewer: { zh: '查阅人', en: 'Viewer' },
  clerk: { zh: '经办人', en: 'Clerk' },
  reviewer: { zh: '复核人', en: 'Reviewer' },
  auditor: { zh: '审计人', en: 'Auditor' },
  admin: { zh: '管理员', en: 'Administrator' },
};

export type Identity = {
  readonly subject: string;
  readonly roles: ReadonlySet<Role>;
  /** When what shows the identity ends; epoch milliseconds. */
  readonly expiresMs: number;
  /** The session of the page that it comes from, by its hash. */
  readonly session?: string;
};

/** Whether an identity may do what a role may: a reviewer may do everything that a clerk may. */
export const holds = (identity: Pick<Identity, 'roles'> | undefined, role: Role): boolean =>
  identity !== undefined &&
  (identity.roles.has(role) ||
    (role === 'clerk' && identity.roles.has('reviewer')) ||
    (role === 'viewer' && identity.roles.size > 0));
