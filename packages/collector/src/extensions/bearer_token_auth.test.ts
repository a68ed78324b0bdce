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
  const folder = await mkdtemp(join(tmpdir(), 'otelier-tokens-'));
  await writeFile(join(folder, 'tokens'), '# one a line\nfrom-file\n');
  const config = { token: 'one', tokens: ['two'], filename: join(folder, 'tokens') };
  const bench = await createComponentBench(bearerTokenAuth, { config });
  await bench.start();
  const judge = bench.service.host.extension('tested')?.offers as Authenticator;
  for (const token of ['one', 'two', 'from-file']) {
    assert.equal(judge.authenticate(bearerHeaders(token)).kind, 'authenticated', token);
  }
  assert.equal(judge.authenticate(bearerHeaders('three')).kind, 'unauthenticated');
  assert.equal(judge.authenticate({}).kind, 'unauthenticated');
  await bench.service.shutdown();
  await rm(folder, { recursive: true });
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
