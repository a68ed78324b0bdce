import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { type Authenticator, basicHeaders } from '@otelier/transport/auth';
import { basicAuth } from './basic_auth.ts';

const USERS = { htpasswd: { inline: 'shop:hunter2\nadmin:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=' } };

extensionContract(basicAuth, { config: USERS });

test('provides an authenticator for the configured users', async () => {
  const bench = await createComponentBench(basicAuth, { config: USERS });
  await bench.start();
  const check = bench.service.host.extension('tested')?.offers as Authenticator;
  assert.deepEqual(check.authenticate(basicHeaders('shop', 'hunter2')), { kind: 'authenticated', subject: 'shop' });
  assert.equal(check.authenticate(basicHeaders('admin', 'admin')).kind, 'authenticated');
  assert.equal(check.authenticate(basicHeaders('shop', 'wrong')).kind, 'unauthenticated');
  await bench.service.shutdown();
});

test('rejects a configuration without users', async () => {
  await assert.rejects(
    createComponentBench(basicAuth, { config: { htpasswd: {} } }),
    /htpasswd: expected file or inline/,
  );
});
