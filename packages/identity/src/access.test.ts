import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALLOW_ALL, maySelectTenant, PERMISSIONS, ROLES } from './access.ts';

test('each role but the administrator lacks permissions, and none lists one twice', () => {
  for (const [role, permissions] of Object.entries(ROLES)) {
    assert.equal(new Set(permissions).size, permissions.length, role);
    assert.equal(permissions.length === PERMISSIONS.length, role === 'admin', role);
  }
});

test('only the administrator manages people, keys and tenants, and reads the audit log', () => {
  const managing = PERMISSIONS.filter((one) => one.endsWith(':manage') || one === 'audit:read');
  assert.equal(managing.length, 4);
  const { admin: _, ...others } = ROLES;
  for (const permissions of Object.values(others)) {
    const held: readonly string[] = permissions;
    assert.deepEqual(
      managing.filter((one) => held.includes(one)),
      [],
    );
  }
});

test('a caller selects only the tenants that it has', () => {
  assert.equal(maySelectTenant(ALLOW_ALL, 'shop'), true);
  const access = { ...ALLOW_ALL, tenants: ['shop'] };
  assert.equal(maySelectTenant(access, 'shop'), true);
  assert.equal(maySelectTenant(access, 'default'), false);
});
