import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { type Authenticator, bearerHeaders } from '@otelier/transport/auth';
import { bearerTokenAuth } from './bearer_token_auth.ts';

extensionContract(bearerTokenAuth, { config: { token: 'hunter2' } });

test('provides an authenticator for the configured tokens and those of a file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-tokens-'));
  await writeFile(join(directory, 'tokens'), '# one a line\nfrom-file\n');
  const config = { token: 'one', tokens: ['two'], filename: join(directory, 'tokens') };
  const bench = await createComponentBench(bearerTokenAuth, { config });
  await bench.start();
  const check = bench.service.host.extension('tested')?.offers as Authenticator;
  for (const token of ['one', 'two', 'from-file']) {
    assert.equal(check.authenticate(bearerHeaders(token)).kind, 'authenticated', token);
  }
  assert.equal(check.authenticate(bearerHeaders('three')).kind, 'unauthenticated');
  assert.equal(check.authenticate({}).kind, 'unauthenticated');
  await bench.service.shutdown();
  await rm(directory, { recursive: true });
});

test('rejects an unreadable file, and names it', async () => {
  await assert.rejects(
    createComponentBench(bearerTokenAuth, { config: { filename: '/nowhere/tokens' } }),
    /extensions\.tested\.filename: expected a readable file, got \/nowhere\/tokens: there is no such file/,
  );
});

test('rejects a configuration without a token, and never prints one', async () => {
  await assert.rejects(createComponentBench(bearerTokenAuth, { config: {} }), /expected token, tokens or filename/);
  const wrong = createComponentBench(bearerTokenAuth, { config: { token: ['hunter2'] } });
  await assert.rejects(wrong, (error: Error) => !error.message.includes('hunter2') && error.message.includes('token'));
});
