import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../open.ts';
import { spansNamed } from './batches.testing.ts';

const child = fileURLToPath(new URL('./set-aside.testing.ts', import.meta.url));

/** Returns the numbers of unfinished attempts by record. */
function attempts(directory: string): readonly number[] {
  try {
    return Object.values(JSON.parse(readFileSync(join(directory, 'storing.json'), 'utf8')) as Record<string, number>);
  } catch {
    return [];
  }
}

/** Runs a process until it marks more attempts than before, and kills it. */
async function killWhileStoring(directory: string, word: string): Promise<void> {
  const before = JSON.stringify(attempts(directory));
  const writer = spawn(process.execPath, [child, directory, word], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(writer, 'exit');
  while (attempts(directory).length === 0 || JSON.stringify(attempts(directory)) === before) await sleep(2);
  writer.kill('SIGKILL');
  await exit;
}

test('sets aside a record that ends the process twice without a row in a file, and continues', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-set-aside-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  await killWhileStoring(directory, 'append');
  // A process that is killed later has written rows to a file; then the next attempt is a first one again.
  for (let tries = 0; !attempts(directory).some((count) => count >= 2); tries++) {
    assert.ok(tries < 10, 'the process was never killed in time');
    await killWhileStoring(directory, '');
  }

  const errors: string[] = [];
  const onEvent = (event: { readonly kind: string; readonly message?: string }) => {
    if (event.kind === 'error') errors.push(event.message ?? '');
  };
  const store = await openStore({ directory, onEvent });
  await store.append(spansNamed(['after']));
  await store.flush();
  assert.equal(errors.length, 1, errors.join('\n'));
  assert.match(errors[0] ?? '', /ended the store thread or the process 2 times/);
  assert.equal(readdirSync(join(directory, 'rejected')).length, 1);
  const result = await store.sql?.query({
    tenant: 'default',
    statement: "SELECT count(*)::INTEGER FROM spans WHERE name = 'after'",
    maxRows: 1,
  });
  assert.deepEqual(result?.rows, [[1]]);
  await store.close();

  errors.length = 0;
  const next = await openStore({ directory, onEvent });
  await next.flush();
  await next.close();
  assert.deepEqual(errors, [], 'it is reported once');
});
