import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Access, AccessControl, Permission } from '@otelier/identity';
import { startTestApi } from '@otelier/testkit/memory-api';
import type { CertificatesResponse } from '../api/api.ts';

const RESPONSE: CertificatesResponse = {
  atMillis: 0,
  certificates: [
    {
      ...{ component: 'receivers/otlp', option: 'tls.cert_file', file: '/etc/secret-place/cert.pem' },
      ...{ role: 'server', validity: 'missing', chain: [], usedBy: [] },
    },
  ],
  revocationLists: [
    { component: 'receivers/otlp', option: 'tls.crl_file', file: '/etc/secret-place/list.crl', validity: 'valid' },
  ],
  unlistedCertificates: 0,
};

test('shows paths of files only to callers who may read the configuration', async () => {
  const accessOf = (permissions: readonly Permission[]): Access => ({
    ...{ subject: 'a', kind: 'user', tenant: 'default', tenants: 'all', masked: [] },
    can: (one) => permissions.includes(one),
  });
  const control = {
    authenticate: ({ headers }) => ({
      kind: 'granted',
      access: accessOf(headers.get('authorization')?.split(',') as Permission[]),
    }),
    record: () => undefined,
  } as Partial<AccessControl> as AccessControl;
  await using api = await startTestApi({ accessControl: () => control, listCertificates: async () => RESPONSE });
  const read = async (authorization: string) =>
    await (await fetch(`${api.url}/api/v1/certificates`, { headers: { authorization } })).text();
  assert.deepEqual(JSON.parse(await read('operations:read,configuration:read')), RESPONSE);
  const hidden = await read('operations:read');
  assert.match(hidden, /cert_file/);
  assert.doesNotMatch(hidden, /secret-place/);
  assert.match(await read('telemetry:read'), /permission: expected operations:read/);
});
