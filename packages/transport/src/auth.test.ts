import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createManualClock } from '@otelier/testkit/clock';
import { basicHeaders, bearerHeaders, createBasicAuthenticator, createBearerAuthenticator } from './auth.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-auth-'));
after(() => rmSync(directory, { recursive: true }));

describe('bearer authentication', () => {
  test('accepts every configured token and distinguishes their subjects', () => {
    const auth = createBearerAuthenticator({ tokens: ['one', 'two'] });
    const results = ['one', 'two', 'three', 'on', ''].map((token) => auth.authenticate(bearerHeaders(token)));
    assert.deepEqual(
      results.map((result) => result.kind),
      ['authenticated', 'authenticated', 'unauthenticated', 'unauthenticated', 'unauthenticated'],
    );
    const [one, two] = results;
    assert.notDeepEqual(one, two);
    assert.doesNotMatch(JSON.stringify(results), /one"|two"|three/);
  });

  test('supports a custom scheme and header', () => {
    const auth = createBearerAuthenticator({ tokens: ['k'], scheme: 'ApiKey', header: 'X-Api-Key' });
    assert.equal(auth.authenticate({ 'x-api-key': 'apikey k' }).kind, 'authenticated');
    assert.equal(auth.authenticate({ 'x-api-key': ['ApiKey k'] }).kind, 'authenticated');
    assert.equal(auth.authenticate(bearerHeaders('k')).kind, 'unauthenticated');
    const bare = createBearerAuthenticator({ tokens: ['k'], scheme: '', header: 'x-api-key' });
    assert.equal(bare.authenticate({ 'x-api-key': 'k' }).kind, 'authenticated');
  });

  test('reloads a changed token file and keeps the previous tokens while it is missing', async () => {
    const file = join(directory, 'tokens');
    writeFileSync(file, '# tokens\n\nfirst\n');
    const clock = createManualClock();
    const auth = createBearerAuthenticator({ tokenFile: file }, clock);
    const knows = (token: string) => auth.authenticate(bearerHeaders(token)).kind === 'authenticated';
    assert.deepEqual([knows('first'), knows('second'), knows('# tokens')], [true, false, false]);
    rmSync(file);
    await clock.advance(6000);
    assert.equal(knows('first'), true);
    writeFileSync(file, 'second\n');
    assert.equal(knows('second'), false);
    await clock.advance(6000);
    assert.deepEqual([knows('first'), knows('second')], [false, true]);
  });

  test('rejects a configuration without tokens or with a missing file', () => {
    assert.throws(() => createBearerAuthenticator({}), /expected at least one credential, got none/);
    const missing = join(directory, 'missing');
    assert.throws(
      () => createBearerAuthenticator({ tokenFile: missing }),
      new RegExp(`${missing}: there is no such file`),
    );
  });
});

describe('basic authentication', () => {
  const sha = (text: string) => `{SHA}${createHash('sha1').update(text).digest('base64')}`;

  test('accepts plain and htpasswd SHA-1 passwords and returns the user as subject', () => {
    const auth = createBasicAuthenticator({ users: ['ann:pä:ss', `bob:${sha('word')}`] });
    assert.deepEqual(auth.authenticate(basicHeaders('ann', 'pä:ss')), { kind: 'authenticated', subject: 'ann' });
    assert.deepEqual(auth.authenticate(basicHeaders('bob', 'word')), { kind: 'authenticated', subject: 'bob' });
    for (const [name, password] of [
      ['ann', 'word'],
      ['bob', sha('word')],
      ['ann', ''],
      ['', ''],
      ['eve', 'pä:ss'],
    ] as const) {
      assert.equal(auth.authenticate(basicHeaders(name, password)).kind, 'unauthenticated', name);
    }
    assert.equal(auth.authenticate({ authorization: 'Basic' }).kind, 'unauthenticated');
    assert.equal(auth.authenticate({ authorization: 'Basic %%%' }).kind, 'unauthenticated');
  });

  test('reports the place of an unsupported hash without printing it', () => {
    const file = join(directory, 'htpasswd');
    writeFileSync(file, 'ann:plain\nbob:$2y$10$abcdefghijk\n');
    assert.throws(
      () => createBasicAuthenticator({ usersFile: file }),
      (error) => {
        assert.match(
          String(error),
          /htpasswd:2: expected a plain password or \{SHA\}, got an unsupported hash for user bob/,
        );
        assert.doesNotMatch(String(error), /abcdefghijk/);
        return true;
      },
    );
    assert.throws(
      () => createBasicAuthenticator({ users: ['name-only'] }),
      /basicauth entry 1: expected name:password/,
    );
  });
});
