import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DataKey, KeyProvider } from './contract.ts';
import { KeyRing, ROTATION_REQUEST } from './key-ring.ts';
import { commandProvider } from './providers/command.ts';
import { environmentProvider, fileProvider } from './providers/key-file.ts';
import { createKeyLine } from './providers/key-list.ts';
import { vaultProvider } from './providers/vault.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-keys-'));
after(() => rmSync(root, { recursive: true, force: true }));
let rings = 0;

function freshDirectory(): string {
  return join(root, `ring-${rings++}`);
}

const reports: string[] = [];
async function open(directory: string, provider: KeyProvider, onChange?: (keys: readonly DataKey[]) => void) {
  const report = (message: string) => reports.push(message);
  const all = { directory, provider, nowMillis: () => 1, report };
  return KeyRing.open(onChange === undefined ? all : { ...all, onChange });
}

function keyFile(name: string, lines = [createKeyLine(name)]): string {
  const path = join(root, name);
  writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return path;
}

/** A server with the documented API of the transit secrets engine, whose ciphertext is a reversible encoding. */
async function startVault() {
  const requests: { readonly url: string | undefined; readonly token: unknown; readonly namespace: unknown }[] = [];
  const failures: number[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, string>;
    requests.push({
      url: request.url,
      token: request.headers['x-vault-token'],
      namespace: request.headers['x-vault-namespace'],
    });
    const reply = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const failure = failures.shift();
    if (failure !== undefined) return reply(failure, { errors: ['Vault is sealed'] });
    if (request.headers['x-vault-token'] !== 'root') return reply(403, { errors: ['permission denied'] });
    const { plaintext, ciphertext, associated_data: context } = body;
    if (request.url === '/v1/transit/encrypt/telemetry')
      return reply(200, {
        data: { ciphertext: `vault:v2:${Buffer.from(`${context} ${plaintext}`).toString('base64')}` },
      });
    const [bound, text] = Buffer.from(ciphertext?.split(':')[2] ?? '', 'base64')
      .toString()
      .split(' ');
    if (bound !== context) return reply(400, { errors: ['cipher: message authentication failed'] });
    return reply(200, { data: { plaintext: text } });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, requests, failures, close: () => server.close() };
}

/** A program that wraps by reversing the digits, and refuses other keys. */
const PROGRAM = `
  const input = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const reversed = (text) => [...text].reverse().join('');
  if (input.operation === 'wrap')
    console.log(JSON.stringify({ keyId: 'slot 0', wrapped: reversed(input.key) + input.context }));
  else if (input.wrapped.endsWith(input.context))
    console.log(JSON.stringify({ key: reversed(input.wrapped.slice(0, -input.context.length)) }));
  else process.exit(3);
`;

test('every provider gives back the keys of tenants, in another process too', async () => {
  const vault = await startVault();
  try {
    const providers: KeyProvider[] = [
      fileProvider(keyFile('a-file')),
      environmentProvider('KEYS', { KEYS: `${createKeyLine('old')},${createKeyLine('new')}` }),
      commandProvider([process.execPath, '-e', PROGRAM]),
      vaultProvider({ address: vault.address, key: 'telemetry', token: () => 'root', namespace: 'team' }),
    ];
    for (const provider of providers) {
      const directory = freshDirectory();
      const ring = await open(directory, provider);
      const [a, same, b] = await Promise.all([ring.current('acme'), ring.current('acme'), ring.current('umbra')]);
      assert.equal(a, same, provider.description);
      assert.ok(!a.secret.equals(b.secret));
      await ring.close();
      const again = await open(directory, provider);
      assert.ok(again.keys.get(a.id, '').secret.equals(a.secret), provider.description);
      assert.equal(again.keys.current('umbra')?.id, b.id);
      await again.close();
      const stored = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
      for (const text of stored) assert.ok(!text.includes(a.secret.export().toString('base64')));
    }
    assert.deepEqual(vault.requests[0], { url: '/v1/transit/encrypt/telemetry', token: 'root', namespace: 'team' });
  } finally {
    vault.close();
  }
});

test('rotation gives new files new keys, and encrypts the old ones with the current key-encryption key', async () => {
  const lines = [createKeyLine('2026-11')];
  const path = keyFile('rotated', lines);
  const directory = freshDirectory();
  const changes: number[] = [];
  const ring = await open(directory, fileProvider(path), (keys) => changes.push(keys.length));
  const first = await ring.current('acme');
  writeFileSync(path, [...lines, createKeyLine('2026-12')].join('\n'));
  assert.deepEqual(await ring.rotate(), { tenants: 1, keyId: '2026-12' });
  const second = await ring.current('acme');
  assert.notEqual(second.id, first.id);
  assert.deepEqual(changes, [1, 2]);
  await ring.close();
  // The old key-encryption key is not needed any more.
  const [, newer = ''] = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, newer);
  const again = await open(directory, fileProvider(path));
  assert.ok(again.keys.get(first.id, '').secret.equals(first.secret));
  assert.equal(again.keys.current('acme')?.id, second.id);
  await again.close();
});

test('a file that asks for a rotation is noticed by the process that has the keys', async () => {
  const directory = freshDirectory();
  const { promise, resolve } = Promise.withResolvers<void>();
  const ring = await open(directory, fileProvider(keyFile('asked')), (keys) => {
    if (keys.length === 2) resolve();
  });
  await ring.current('acme');
  writeFileSync(join(directory, ROTATION_REQUEST), '');
  await promise;
  await ring.close();
  assert.equal(ring.keys.all.length, 2);
});

test('destroyed keys are gone, also from both copies of their file', async () => {
  const directory = freshDirectory();
  const provider = fileProvider(keyFile('destroyed'));
  const ring = await open(directory, provider);
  const { id } = await ring.current('acme');
  await ring.current('umbra');
  assert.deepEqual(await ring.destroy('acme'), [id]);
  assert.throws(() => ring.keys.get(id, 'file x'), /^MissingKeyError: file x: expected the data key [0-9a-f]{32}/);
  assert.deepEqual(readdirSync(directory).sort(), ['umbra.keys', 'umbra.keys.copy']);
  assert.notEqual((await ring.current('acme')).id, id);
  await ring.close();
});

test('a damaged copy of the keys is replaced by the other one, and two damaged ones are named', async () => {
  const directory = freshDirectory();
  const provider = fileProvider(keyFile('damaged'));
  const ring = await open(directory, provider);
  const { id } = await ring.current('acme');
  await ring.close();
  const [path, copy] = ['acme.keys', 'acme.keys.copy'].map((name) => join(directory, name));
  assert.ok(path && copy);
  const intact = readFileSync(path);
  for (const one of [path, copy]) {
    for (const at of [3, intact.length >> 1, intact.length - 3]) {
      const bytes = Buffer.from(intact);
      bytes[at] = (bytes[at] ?? 0) ^ 2;
      writeFileSync(one, bytes);
      reports.length = 0;
      const again = await open(directory, provider);
      assert.equal(again.keys.current('acme')?.id, id);
      await again.close();
      assert.deepEqual(reports, [`${one}: checksum mismatch, replaced by its copy`]);
      assert.deepEqual(readFileSync(one), intact);
    }
  }
  rmSync(path);
  writeFileSync(copy, 'x');
  await assert.rejects(open(directory, provider), (error: Error) => {
    assert.match(
      error.message,
      /both copies are damaged: .*acme\.keys: missing; .*acme\.keys\.copy: checksum mismatch/,
    );
    return true;
  });
  assert.deepEqual([existsSync(path), readFileSync(copy, 'utf8')], [false, 'x']);
});

test('wrong, missing and unreadable key-encryption keys are refused with their name, and nothing changes', async () => {
  const directory = freshDirectory();
  const path = keyFile('right');
  const ring = await open(directory, fileProvider(path));
  const { id } = await ring.current('acme');
  await ring.close();
  const before = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  const right = readFileSync(path, 'utf8');
  const secret = right.split(':')[1]?.trim() ?? '';
  const cases: [string, string, RegExp][] = [
    ['another key of that name', createKeyLine('right'), /the key "right" is not the one that encrypted it/],
    ['another name', createKeyLine('other'), /expected a key "right", it has "other"/],
    ['nothing', '', /expected a key "right", it has none/],
    ['no key', `right:${secret.slice(0, 20)}`, /expected ID:KEY with 32 bytes in base64 in entry 1/],
  ];
  for (const [what, text, reason] of cases) {
    writeFileSync(path, text);
    await assert.rejects(open(directory, fileProvider(path)), (error: Error) => {
      assert.match(error.message, reason, what);
      assert.ok(error.message.includes(id) && error.message.includes(directory), error.message);
      assert.match(error.message, /nothing was changed$/);
      assert.ok(!error.message.includes(secret.slice(0, 20)), what);
      return true;
    });
  }
  writeFileSync(path, right);
  chmodSync(path, 0o640);
  await assert.rejects(open(directory, fileProvider(path)), /expected permissions 0600, got 0640/);
  await assert.rejects(open(directory, fileProvider(join(root, 'none'))), /none: expected a file with keys: ENOENT/);
  await assert.rejects(open(directory, environmentProvider('KEYS', {})), /KEYS: expected an environment variable/);
  await assert.rejects(
    open(directory, commandProvider(['/nowhere/x'])),
    /command \/nowhere\/x: cannot be run: .*ENOENT/,
  );
  for (const [program, reason] of [
    ['process.exit(3)', /expected exit code 0, got exit code 3/],
    ['console.log("no")', /expected a JSON object on its standard output/],
    ['console.log("{}")', /expected \{"key"\} of type string/],
    ['console.log(JSON.stringify({ key: "AAAA" }))', /expected a data key of 32 bytes/],
    ['process.stdout.write("x".repeat(1e6))', /expected exit code 0, got SIGKILL/],
  ] as const) {
    await assert.rejects(open(directory, commandProvider([process.execPath, '-e', program])), reason);
  }
  assert.deepEqual(
    readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8')),
    before,
  );
});

test('Vault is asked again when it is busy, and its errors are named', async () => {
  const vault = await startVault();
  try {
    const directory = freshDirectory();
    const provider = (token: string) => vaultProvider({ address: vault.address, key: 'telemetry', token: () => token });
    vault.failures.push(503);
    const ring = await open(directory, provider('root'));
    await ring.current('acme');
    await ring.close();
    await assert.rejects(
      open(directory, provider('wrong')),
      /decrypt with key telemetry: expected status 200, got 403: permission denied/,
    );
    const keys = join(directory, 'acme.keys');
    writeFileSync(join(directory, 'umbra.keys'), readFileSync(keys));
    await (await open(directory, provider('root'))).close();
  } finally {
    vault.close();
  }
});

test('keys that a provider cannot decrypt again are not used', async () => {
  const good = fileProvider(keyFile('good'));
  const provider: KeyProvider = {
    ...good,
    description: 'broken',
    wrap: good.wrap.bind(good),
    unwrap: async () => Buffer.alloc(32),
  };
  const directory = freshDirectory();
  const ring = await open(directory, provider);
  await assert.rejects(ring.current('acme'), /broken: expected to decrypt what it encrypted, got another key/);
  await ring.close();
  assert.deepEqual(readdirSync(directory), []);
});
