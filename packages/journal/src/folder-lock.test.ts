import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { FolderLockedError, lockFolder } from './index.ts';

const door = JSON.stringify(new URL('./index.ts', import.meta.url).href);

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'otelier-lock-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a folder is held once, by one thread of one process, until it is given back', async (t) => {
  const folder = freshFolder(t);
  const script = `import(${door}).then(({ lockFolder }) => { try { lockFolder(${JSON.stringify(folder)})(); } catch (e) { console.log(e.message); } })`;
  const unlock = lockFolder(folder);
  const expected = `${folder}: expected a data directory that nobody uses, but process ${process.pid} has it open`;
  assert.throws(
    () => lockFolder(folder),
    (error) => error instanceof FolderLockedError && error.message === expected && error.pid === process.pid,
  );
  assert.equal(inOtherProcess(script), `${expected}\n`);
  assert.equal(await inOtherThread(script), `${expected}\n`);
  unlock();
  assert.equal(inOtherProcess(script), '');
  assert.equal(await inOtherThread(script), '');
  lockFolder(folder)();
});

test('the lock of a process that is gone is taken over, also when another has its pid', (t) => {
  const folder = freshFolder(t);
  for (const owner of [
    JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }),
    JSON.stringify({ pid: process.ppid, started: '1' }),
    JSON.stringify({ pid: process.pid, started: '1' }),
    '',
  ]) {
    writeFileSync(join(folder, 'lock'), owner);
    lockFolder(folder)();
  }
});

function inOtherProcess(script: string): string {
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout;
}

async function inOtherThread(script: string): Promise<string> {
  const worker = new Worker(script, { eval: true, stdout: true });
  let said = '';
  for await (const chunk of worker.stdout) said += chunk;
  return said;
}
