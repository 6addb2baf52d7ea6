import { expect, test } from 'vitest';
import { personIn, rolesAt, subjectAt } from '../../src/identity/claims.ts';

const issuer = 'https://id.example.org';

test.each([
  ['a list of an outer claim', { roles: ['clerk'] }, 'roles', ['clerk']],
  ['one text', { roles: 'reviewer' }, 'roles', ['reviewer']],
  [
    'Keycloak’s roles of a realm',
    { realm_access: { roles: ['viewer', 'offline_access'] } },
    'realm_access.roles',
    ['viewer'],
  ],
  [
    'Keycloak’s roles of a client whose id has a dot',
    { resource_access: { 'registry.example.org': { roles: ['admin'] } } },
    'resource_access.registry.example.org.roles',
    ['admin'],
  ],
  [
    'a claim whose own name has dots',
    { 'https://example.org/roles': ['auditor'] },
    'https://example.org/roles',
    ['auditor'],
  ],
  ['the claim of the whole name before a nested one', { 'a.b': ['clerk'], a: { b: ['admin'] } }, 'a.b', ['clerk']],
  ['roles in the order of ours, each once', { roles: ['admin', 'clerk', 'clerk'] }, 'roles', ['clerk', 'admin']],
  ['no role without the claim', { groups: ['clerk'] }, 'roles', []],
  ['no role without the setting', { roles: ['clerk'] }, undefined, []],
  ['no role in another case', { roles: ['Clerk', 'ADMIN'] }, 'roles', []],
  ['no role with spaces', { roles: [' clerk', 'clerk '] }, 'roles', []],
  ['no role of several in one text', { roles: 'clerk admin' }, 'roles', []],
  ['no role of a text with commas', { roles: 'clerk,admin' }, 'roles', []],
  ['no role of a path', { roles: ['/clerk', 'registry/clerk'] }, 'roles', []],
  ['no role of an object', { roles: { clerk: true } }, 'roles', []],
  ['no role of a flag', { roles: true }, 'roles', []],
  ['no role of null', { roles: null }, 'roles', []],
  ['no role of a number', { roles: [1, 0] }, 'roles', []],
  ['no role of a list in a list', { roles: [['clerk']] }, 'roles', []],
  ['no role if an outer claim is a list', { realm_access: [{ roles: ['clerk'] }] }, 'realm_access.roles', []],
  ['no role if an outer claim is a text', { realm_access: 'roles' }, 'realm_access.roles', []],
  ['no role of what every object has', {}, 'constructor.name', []],
  ['no role of __proto__', {}, '__proto__.roles', []],
  ['no role that is like one of ours', { roles: ['clerks', 'administrator', 'сlerk'] }, 'roles', []],
])('claims give %s', (_name, claims, claim, roles) => {
  expect(rolesAt(claims, claim)).toEqual(roles);
});

test.each([
  ['li', `${issuer}#li`],
  ['LI', `${issuer}#LI`],
  ['5f0c6b1e-1a2b-4c3d-8e9f-000000000001', `${issuer}#5f0c6b1e-1a2b-4c3d-8e9f-000000000001`],
  ['auth0|507f#1', `${issuer}#auth0|507f#1`],
  ['', undefined],
  [' li', `${issuer}# li`],
  ['li ', undefined],
  ['li\n', undefined],
  ['l\u200bi', undefined],
  ['x'.repeat(500), undefined],
])('the sub %j gives the subject %j', (sub, subject) => {
  expect(subjectAt(issuer, sub)).toBe(subject);
});

test.each([
  [{ name: '李伟', preferred_username: 'li.wei' }, '李伟'],
  [{ preferred_username: 'li.wei' }, 'li.wei'],
  [{ name: '', preferred_username: 'li.wei' }, 'li.wei'],
  [{ name: 7 }, `${issuer}#li`],
  [{ name: 'a\u202eb' }, `${issuer}#li`],
  [{ name: 'x'.repeat(501) }, `${issuer}#li`],
  [{}, `${issuer}#li`],
])('the claims %j name a person %j', (claims, name) => {
  expect(personIn(claims, `${issuer}#li`, 'roles')).toEqual({ subject: `${issuer}#li`, name, roles: [] });
});
