import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { DirectoryLockedError, lockDirectory } from './index.ts';

const index = JSON.stringify(new URL('./index.ts', import.meta.url).href);

function freshDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-lock-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('lets one thread of one process hold a directory until it unlocks it', async (t) => {
  const directory = freshDirectory(t);
  const script = `import(${index}).then(({ lockDirectory }) => { try { lockDirectory(${JSON.stringify(directory)})(); } catch (e) { console.log(e.message); } })`;
  const unlock = lockDirectory(directory);
  const { since } = JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'));
  const expected = `${directory}: expected a data directory that no process has open, but process ${process.pid} on host ${hostname()} since ${since} has it open`;
  for (let time = 0; time < 2; time++) {
    assert.throws(
      () => lockDirectory(directory),
      (error) => error instanceof DirectoryLockedError && error.message === expected && error.pid === process.pid,
    );
    assert.equal(inOtherProcess(script), `${expected}\n`);
    assert.equal(await inOtherThread(script), `${expected}\n`);
  }
  assert.deepEqual(readdirSync(directory).sort(), ['lock', 'lock.db'], 'a rejected start leaves no files');
  unlock();
  assert.equal(inOtherProcess(script), '');
  assert.equal(await inOtherThread(script), '');
  lockDirectory(directory)();
  assert.deepEqual(readdirSync(directory), ['lock.db']);
});

test('gives the directory to one of 25 processes that start at once, and to another when that one is killed', async (t) => {
  const directory = freshDirectory(t);
  // The second round encounters files left by a process that was killed before it could remove them.
  for (const starts of [25, 5]) {
    const processes = Array.from({ length: starts }, () => startHolder(t, directory));
    for (const { ready } of processes) await ready;
    for (const { child } of processes) child.stdin?.write('go\n');
    const output = await Promise.all(processes.map(({ result }) => result));
    const owners = processes.filter((_, i) => output[i] === 'locked');
    assert.equal(owners.length, 1, output.join('\n'));
    for (const line of output.filter((text) => text !== 'locked')) {
      assert.match(line, /^.*: expected a data directory that no process has open, but .*process.* has it open$/);
    }
    const { pid } = JSON.parse(readFileSync(join(directory, 'lock'), 'utf8'));
    assert.equal(pid, owners[0]?.child.pid);
    for (const { child } of processes) await kill(child);
  }
  lockDirectory(directory)();
});

test('starts despite files that processes of this or an older version left behind', (t) => {
  const directory = freshDirectory(t);
  for (const owner of [
    JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }),
    JSON.stringify({ pid: process.ppid, started: '1' }),
    JSON.stringify({ pid: process.pid, started: '1' }),
    JSON.stringify({ pid: process.ppid, started: '', owner: 'a', host: 'b', since: '2999-01-01T00:00:00.000Z' }),
    '{"pid":',
    '',
  ]) {
    writeFileSync(join(directory, 'lock'), owner);
    lockDirectory(directory)();
  }
  for (const contents of ['not a database', 'x'.repeat(10_000), '\0'.repeat(4096)]) {
    writeFileSync(join(directory, 'lock.db'), contents);
    const unlock = lockDirectory(directory);
    assert.throws(() => lockDirectory(directory), DirectoryLockedError);
    unlock();
  }
});

test('detects a running process of an older version', { skip: process.platform !== 'linux' }, (t) => {
  const directory = freshDirectory(t);
  const stat = readFileSync(`/proc/${process.ppid}/stat`, 'latin1');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: process.ppid, started }));
  assert.throws(() => lockDirectory(directory), {
    message: `${directory}: expected a data directory that no process has open, but process ${process.ppid} has it open`,
  });
});

test('ignores times in the owner file and modification times', (t) => {
  const directory = freshDirectory(t);
  const unlock = lockDirectory(directory);
  for (const time of [new Date(0), new Date('2999-01-01')]) {
    for (const name of ['lock', 'lock.db']) utimesSync(join(directory, name), time, time);
    assert.throws(() => lockDirectory(directory), DirectoryLockedError);
  }
  unlock();
});

test('the heartbeat rewrites the owner file and reports another owner once', async (t) => {
  const directory = freshDirectory(t);
  const path = join(directory, 'lock');
  const { promise, resolve } = Promise.withResolvers<string>();
  const unlock = lockDirectory(directory, { heartbeatMillis: 5, onStolen: resolve });
  rmSync(path);
  while (!readdirSync(directory).includes('lock')) await new Promise((next) => setTimeout(next, 5));
  utimesSync(path, new Date(0), new Date(0));
  while (statSync(path).mtimeMs === 0) await new Promise((next) => setTimeout(next, 5));
  // Once the lock file is removed, another process can create and lock a new one with the same name.
  rmSync(join(directory, 'lock.db'));
  const other = startHolder(t, directory);
  other.child.stdin?.write('go\n');
  assert.equal(await other.result, 'locked');
  assert.match(
    await promise,
    new RegExp(
      `^${directory}: expected to be the only process that has it open, but process ${other.child.pid} on host`,
    ),
  );
  unlock();
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, other.child.pid, 'the file of the other owner stays');
  await kill(other.child);
});

test('rejects a read-only directory with the system error', (t) => {
  const directory = freshDirectory(t);
  assert.throws(() => lockDirectory(join(directory, 'none')), { code: 'ENOENT' });
});

test('a directory in the place of the lock file is set aside', (t) => {
  const directory = freshDirectory(t);
  mkdirSync(join(directory, 'lock.db'));
  const unlock = lockDirectory(directory);
  assert.deepEqual(readdirSync(join(directory, 'damaged')), ['lock.db']);
  assert.throws(() => lockDirectory(directory), DirectoryLockedError);
  unlock();
});

interface Holder {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  /** Output after the lock attempt: `locked` or the error message. */
  readonly result: Promise<string>;
}

/** Starts a process that locks the directory on request and holds it until it exits. */
function startHolder(t: TestContext, directory: string): Holder {
  const script = `const { lockDirectory } = await import(${index});
    process.stdout.write('ready\\n');
    process.stdin.once('data', () => {
      try { lockDirectory(${JSON.stringify(directory)}); process.stdout.write('locked\\n'); }
      catch (error) { process.stdout.write(error.message + '\\n'); }
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => kill(child));
  const lines: string[] = [];
  let text = '';
  const line = async (index: number): Promise<string> => {
    while (lines[index] === undefined) await once(child.stdout, 'data');
    return lines[index];
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    lines.splice(0, lines.length, ...text.split('\n').slice(0, -1));
  });
  return { child, ready: line(0), result: line(1) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function inOtherProcess(script: string): string {
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout;
}

async function inOtherThread(script: string): Promise<string> {
  const worker = new Worker(script, { eval: true, stdout: true });
  let output = '';
  for await (const chunk of worker.stdout) output += chunk;
  return output;
}
