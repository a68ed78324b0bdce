import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { type BenchOptions, type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { fileStorage } from '../extensions/file_storage.ts';
import { journalctlCommand, journaldConfig } from './journald/config.ts';
import { journald } from './journald.ts';

const directory = await mkdtemp(join(tmpdir(), 'otelier-journald-'));
receiverContract(journald, {
  config: { journalctl_path: await fakeProgram('silent', 'exec sleep 600') },
  silent: true,
});
after(() => rm(directory, { recursive: true }));

/** Creates a program that notes its arguments and runs a script. */
async function fakeProgram(name: string, script: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${path}.args\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function callsOf(path: string): Promise<readonly string[]> {
  return (await readFile(`${path}.args`, 'utf8')).trimEnd().split('\n');
}

function entry(number: number, fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    __CURSOR: `c${number}`,
    __REALTIME_TIMESTAMP: String(1_700_000_000_000_000 + number),
    MESSAGE: `message ${number}`,
    ...fields,
  });
}

/** Returns a script that prints lines. */
function printing(...lines: readonly string[]): string {
  return `cat <<'END'\n${lines.join('\n')}\nEND`;
}

async function start(
  t: TestContext,
  config: Record<string, unknown>,
  options: BenchOptions = {},
): Promise<ComponentBench> {
  const bench = await createComponentBench(journald, { config, ...options });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

function recordsOf(bench: ComponentBench) {
  return bench.received.flatMap(({ parts }) =>
    parts.flatMap((part) => JSON.parse(requestToJson('logs', part)).resourceLogs[0].scopeLogs[0].logRecords),
  );
}

function fieldsOf(record: { body: { kvlistValue: { values: { key: string; value: object }[] } } }) {
  return Object.fromEntries(record.body.kvlistValue.values.map(({ key, value }) => [key, Object.values(value)[0]]));
}

test('makes log records of entries, and leaves out lines that are none', async (t) => {
  const bytes = entry(2, { MESSAGE: [104, 105, 255] });
  const lines = [entry(1, { PRIORITY: '6' }), 'no JSON', '{"__CURSOR":"x"}', bytes];
  const path = await fakeProgram('entries', `${printing(...lines)}\nexec sleep 600`);
  const bench = await start(t, {
    journalctl_path: path,
    convert_message_bytes: true,
    include_log_record_original: true,
  });
  await until(() => recordsOf(bench).length === 2);
  const [first, second] = recordsOf(bench);
  assert.equal(first.timeUnixNano, '1700000000000001000');
  assert.deepEqual(fieldsOf(first), { __CURSOR: 'c1', MESSAGE: 'message 1', PRIORITY: '6' });
  assert.equal(fieldsOf(second)['MESSAGE'], 'hi\ufffd');
  assert.deepEqual(second.attributes, [{ key: 'log.record.original', value: { stringValue: bytes } }]);
  const warnings = bench.logs.filter(({ msg }) => msg === 'left out a line of journalctl');
  assert.equal(warnings.length, 2);
  assert.match(String(warnings[1]?.['reason']), /__REALTIME_TIMESTAMP with microseconds, got/);
});

test('continues after the last entry that was accepted, when the program ends and after a restart', async (t) => {
  const path = await fakeProgram('ending', `${printing(entry(1), entry(2))}\nexit 0`);
  const extensions = {
    file_storage: { definition: fileStorage, config: { directory: join(directory, 'state'), create_directory: true } },
  };
  const config = { journalctl_path: path, storage: 'file_storage', start_at: 'beginning', priority: 'err' };
  const bench = await start(t, config, { extensions });
  await until(() => recordsOf(bench).length === 2);
  while ((await callsOf(path)).length < 2) await bench.clock.advance(500);
  await bench.close();
  const again = await start(t, config, { extensions });
  await until(() => recordsOf(again).length > 0);
  const [first, second, third] = (await callsOf(path)).map((call) => call.replace('--utc --output=json --follow ', ''));
  assert.equal(first, '--no-tail --priority err');
  assert.equal(second, '--no-tail --priority err --after-cursor c2');
  assert.equal(third, '--no-tail --priority err --after-cursor c2');
});

test('reads entries again that the pipelines had not accepted at the end', async (t) => {
  const path = await fakeProgram('refused', `${printing(entry(1))}\nexec sleep 600`);
  const extensions = {
    file_storage: { definition: fileStorage, config: { directory: join(directory, 'again'), create_directory: true } },
  };
  const config = { journalctl_path: path, storage: 'file_storage' };
  const bench = await createComponentBench(journald, { config, extensions });
  bench.response = () => ({ kind: 'retry', reason: 'full', afterMillis: undefined });
  await bench.start();
  await until(() => bench.received.length > 0);
  await bench.close();
  const again = await start(t, config, { extensions });
  await until(() => again.received.length > 0);
  assert.ok((await callsOf(path)).every((call) => !call.includes('--after-cursor')));
});

test('reports a program that fails, starts it again, and rejects one that is missing', async (t) => {
  const path = await fakeProgram('failing', 'echo "No journal files were found." >&2; exit 3');
  const bench = await start(t, { journalctl_path: path });
  await until(() => bench.error() !== undefined);
  assert.equal(bench.error(), 'journalctl exited with code 3: No journal files were found.');
  while ((await callsOf(path)).length < 2) await bench.clock.advance(500);
  const missing = await createComponentBench(journald, { config: { journalctl_path: join(directory, 'missing') } });
  t.after(() => missing.close());
  await assert.rejects(missing.start(), /missing.*ENOENT|ENOENT.*missing/);
});

test('asks for what is configured, in the order of the Collector', () => {
  const config = journaldConfig.parse({
    units: ['ssh', 'nginx'],
    identifiers: ['kernel'],
    grep: 'a b',
    dmesg: true,
    namespace: 'n',
    directory: '/j',
    files: ['/ignored'],
    matches: [{ _UID: '0', _PID: '1' }, { _UID: '2' }],
    all: true,
    merge: true,
    rootPath: '/host',
    journalctlPath: '/bin/journalctl',
  });
  assert.equal(
    journalctlCommand(config, '').join(' '),
    'chroot /host /bin/journalctl --utc --output=json --follow --lines=0 --unit ssh --unit nginx --identifier kernel --priority info --grep a b --dmesg --namespace n --directory /j _PID=1 _UID=0 + _UID=2 --all --merge',
  );
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ start_at: 'middle' }, /start_at/],
    [{ matches: [{ uid: '0' }] }, /matches.*expected the name of a field/],
    [{ root_path: '/host' }, /journalctl_path: expected an absolute path/],
    [{ storage: 'missing' }, /storage: expected a storage extension/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(journald, { config }), message);
});
