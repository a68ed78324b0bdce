import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { requestFromJson, requestToJson } from '@otelier/otlp';
import { createRequestSealer, generateKeyPair, Opener, publicKeyOf, Sealer } from '@otelier/sdk/seal';
import type { Console } from '../console.ts';
import { withTempDirectory } from '../otelier.testing.ts';
import { createKeyCommand } from './create-key.ts';
import { openCommand, openLine } from './open.ts';

const { publicKey, privateKey } = await generateKeyPair();
const opener = await Opener.create([privateKey]);

function recordingConsole(printed: string[], errors: string[] = []): Console {
  const silent = { progress: () => {}, environment: {}, paint: {} as Console['paint'] };
  return { print: (line) => void printed.push(line), error: (line) => void errors.push(line), ...silent };
}

test('opens requests in OTLP/JSON, and sealed values in any other text', async () => {
  const line = JSON.stringify({
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [{ body: { stringValue: 'a "secret"' }, attributes: [{ key: 'n', value: { intValue: '7' } }] }],
          },
        ],
      },
    ],
  });
  const request = requestFromJson('logs', line);
  assert.ok(request.ok);
  const sealer = await createRequestSealer({ recipients: [publicKey], attributes: ['n'], bodies: true });
  const sealed = requestToJson('logs', await sealer.seal('logs', request.bytes));
  assert.doesNotMatch(sealed, /secret/);
  assert.deepEqual(await openLine(opener, sealed), { text: requestToJson('logs', request.bytes), errors: [] });
  const [value] =
    /sealed:1:[\w-]+/.exec(JSON.stringify(JSON.parse(sealed).resourceLogs[0].scopeLogs[0].logRecords[0].body)) ?? [];
  assert.equal((await openLine(opener, `body ${value} end`)).text, 'body a "secret" end');
  assert.deepEqual(JSON.parse((await openLine(opener, `[{"body":"${value}"}]`)).text), [{ body: 'a "secret"' }]);
  assert.deepEqual(await openLine(opener, 'plain'), { text: 'plain', errors: [] });
});

test('keeps what it cannot open, and says why', async () => {
  const key = await (await Sealer.create([(await generateKeyPair()).publicKey])).contentKey();
  const line = `x ${await key.seal(Buffer.from([0x0a, 1, 0x61]))} sealed:9:AA`;
  const { text, errors } = await openLine(opener, line);
  assert.equal(text, line);
  assert.deepEqual(
    errors.map(({ kind }) => kind),
    ['wrong_key', 'invalid_value'],
  );
});

test('creates a key that only its owner can read, never replaces one, and refuses files without keys', () =>
  withTempDirectory(async (directory) => {
    const file = join(directory, 'reader.key');
    const printed: string[] = [];
    await createKeyCommand(file, recordingConsole(printed));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await publicKeyOf(readFileSync(file, 'utf8')), printed[0]);
    await assert.rejects(createKeyCommand(file, recordingConsole([])), /reader\.key: the file exists/);
    await openCommand({ key: [file] }, recordingConsole([]), Readable.from([]));
    await assert.rejects(
      openCommand({ key: [import.meta.filename] }, recordingConsole([])),
      /--key: expected a private key/,
    );
    await assert.rejects(openCommand({ key: [join(directory, 'none')] }, recordingConsole([])), /--key: cannot read/);
  }));
