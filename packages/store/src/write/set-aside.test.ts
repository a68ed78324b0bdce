import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openStore } from '../open.ts';
import { spansNamed } from './batches.testing.ts';

const child = fileURLToPath(new URL('./set-aside.testing.ts', import.meta.url));

/** Returns the contents of a file, or an empty string if there is none. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Returns the number of unfinished attempts for each record. */
function attempts(directory: string): readonly number[] {
  const text = textOf(join(directory, 'storing.json'));
  try {
    return Object.values(JSON.parse(text) as Record<string, number>);
  } catch {
    return [];
  }
}

/** Runs a process until it marks a record or has stored it, then kills it. */
async function killWhileStoring(directory: string, spans: number, isMarked: () => boolean): Promise<void> {
  const writer = spawn(process.execPath, [child, directory, String(spans)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(writer, 'exit');
  let isStored = false;
  writer.stdout.on('data', () => {
    isStored = true;
  });
  while (!isMarked() && !isStored) await setImmediate();
  writer.kill('SIGKILL');
  await exit;
}

/** Kills processes until one record has crashed two of them. */
async function killTwice(directory: string, spans: number): Promise<void> {
  const isReading = () => textOf(join(directory, 'reading.json')).includes('journal');
  for (let first = spans; !isReading(); first = 0) await killWhileStoring(directory, first, isReading);
  while (!attempts(directory).some((count) => count >= 2)) {
    const before = textOf(join(directory, 'storing.json'));
    const isMarked = () => attempts(directory).length > 0 && textOf(join(directory, 'storing.json')) !== before;
    await killWhileStoring(directory, 0, isMarked);
  }
}

const RECORDS = [
  ['large', 1_000_000],
  ['small', 99_000],
] as const;
for (const [size, spans] of RECORDS)
  test(`sets aside a ${size} record that ends the process twice without a row in a file, and continues`, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'otelier-set-aside-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    await killTwice(directory, spans);

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
