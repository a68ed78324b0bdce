import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createApiClient } from '@otelier/query/client';
import { openStore } from '@otelier/store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { FREE_PORTS, whileRunning, withTempDirectory } from './otelier.testing.ts';

const BIN = fileURLToPath(new URL('../../bin/otelier.js', import.meta.url));
const UNPRIVILEGED = 65_534;

/** Runs a test with a read-only store that has rows both in files and in the journal. */
function withProtectedStore(run: (directory: string) => Promise<void>): Promise<void> {
  return withTempDirectory(async (root) => {
    await chmod(root, 0o755);
    const directory = join(root, 'store');
    await fill(directory);
    setModes(directory, 0o555, 0o444);
    try {
      await run(directory);
    } finally {
      setModes(directory, 0o755, 0o644);
    }
  });
}

async function fill(directory: string): Promise<void> {
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
  await store.append(sampleBatch('traces', 3));
  await store.flush();
  await store.append(sampleBatch('traces', 2));
  await store.append(sampleBatch('logs', 4));
  await store.close();
}

function setModes(directory: string, ofDirectories: number, ofFiles: number): void {
  chmodSync(directory, ofDirectories);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const path = join(directory, name);
    chmodSync(path, statSync(path).isDirectory() ? ofDirectories : ofFiles);
  }
}

/** Returns the contents of a directory for comparison. */
function contentsOf(directory: string): Readonly<Record<string, string>> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, `${statSync(path).mtimeMs} ${readFileSync(path, 'hex')}`];
    }),
  );
}

/**
 * Returns the command that runs otelier without write access. As root, it switches users, because file modes do not
 * apply to root.
 */
function commandFor(directory: string): { readonly command: string; readonly args: string[]; readonly uid?: number } {
  const plain = { command: process.execPath, args: [BIN] };
  if (!isWritable(directory)) return plain;
  const readable =
    spawnSync(process.execPath, [BIN, '--version'], { uid: UNPRIVILEGED, gid: UNPRIVILEGED }).status === 0;
  if (readable) return { ...plain, uid: UNPRIVILEGED };
  const mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
  return { command: 'unshare', args: ['--mount', 'sh', '-c', mount, directory, process.execPath, BIN] };
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function start(directory: string, ...args: readonly string[]) {
  const { command, args: before, uid } = commandFor(directory);
  // The other user cannot write to the coverage directory. Empty rather than unset: Node passes the variable on to
  // children that do not have it.
  return spawn(command, [...before, ...args], {
    env: { ...process.env, NODE_V8_COVERAGE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
}

async function run(directory: string, ...args: readonly string[]) {
  const child = start(directory, ...args);
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([textOf(child.stdout), textOf(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

async function textOf(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

test('query, export and store verify read a read-only directory without changes', () =>
  withProtectedStore(async (data) => {
    const before = contentsOf(data);
    const queried = await run(data, 'query', '--json', '--data', data, 'select count(*) as n from spans');
    assert.deepEqual(queried, { code: 0, stdout: '[\n  {"n":5}\n]\n', stderr: '' });
    const exported = await run(data, 'export', '--data', data, '--signal', 'logs');
    assert.deepEqual([exported.code, exported.stderr], [0, '']);
    assert.equal(exported.stdout.match(/"timeUnixNano"/g)?.length, 4, exported.stdout);
    const verified = await run(data, 'store', 'verify', '--data', data);
    assert.match(verified.stdout, /^no damage: checked 1 files with 3 rows, 1 journals with 2 records\n$/);
    assert.deepEqual(contentsOf(data), before);
  }));

test('serves page and API from a read-only directory with read_only set', (t) =>
  withProtectedStore(async (data) => {
    const before = contentsOf(data);
    const refused = await run(data, '--data', data, ...FREE_PORTS);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /expected a writable directory, got (EACCES|EROFS).*exporters\.store\.read_only/);

    const child = start(data, '--data', data, ...FREE_PORTS, '--set', 'exporters.store.read_only=true');
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    child.stderr.resume();
    while (!said.includes('Stop with Ctrl-C') && child.exitCode === null) await once(child.stdout, 'data');
    const address = (label: string): string => new RegExp(`^ *${label} +(\\S+)`, 'm').exec(said)?.[1] ?? said;
    const { rows } = await createApiClient(address('Page and API')).sql({ statement: 'select count(*) from spans' });
    assert.deepEqual(rows.flat().map(Number), [5]);
    assert.equal((await fetch(address('Page and API'))).status, 200);
    const sent = await fetch(`${address('OTLP/HTTP')}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] }),
    });
    assert.notEqual(sent.status, 200);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
    assert.deepEqual(contentsOf(data), before);
  }));

test('refuses to read a read-only store that a process has open', () =>
  withTempDirectory(async (root) => {
    await chmod(root, 0o755);
    const data = join(root, 'store');
    await whileRunning(['--data', data, ...FREE_PORTS], async () => {
      setModes(data, 0o555, 0o444);
      const { code, stderr } = await run(data, 'query', '--data', data, 'select 1');
      setModes(data, 0o755, 0o644);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^otelier: .*process \d+ on host \S+ since \S+ has it open\. Query that process/);
    });
  }));
