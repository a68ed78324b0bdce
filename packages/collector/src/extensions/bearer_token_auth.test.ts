import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createComponentBench, extensionContract } from '@otelier/testkit';
import { type Authenticator, bearerHeaders } from '@otelier/transport';
import { bearerTokenAuth } from './bearer_token_auth.ts';

extensionContract(bearerTokenAuth, { config: { token: 'hunter2' } });

test('offers a judge who knows the tokens, those of a file as well', async () => {
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

test('a file that cannot be read stops the start and is named', async () => {
  const bench = await createComponentBench(bearerTokenAuth, { config: { filename: '/nowhere/tokens' } });
  await assert.rejects(bench.start(), /\/nowhere\/tokens/);
});

test('needs a token, and never prints one', async () => {
  await assert.rejects(createComponentBench(bearerTokenAuth, { config: {} }), /expected token, tokens or filename/);
  const wrong = createComponentBench(bearerTokenAuth, { config: { token: ['hunter2'] } });
  await assert.rejects(wrong, (error: Error) => !error.message.includes('hunter2') && error.message.includes('token'));
});
