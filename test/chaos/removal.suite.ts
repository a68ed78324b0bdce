import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '@otelier/store';
import { createRandom } from '@otelier/testkit/otlp/random';
import { BATCHES, GONE, KEPT, MARKER } from './removal/tenants.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

const REMOVER = join(import.meta.dirname, 'removal', 'remover.ts');
/** Longest time between the beginning of a removal and the end of the process. */
const MAX_MILLIS = 60;

/**
 * Kills a process at any moment of the removal of a tenant. The next process on the same store ends the removal without being
 * asked to: nothing of the tenant is left in any file, and everything of the others is.
 */
export const suite: ChaosSuite = {
  name: 'removal',
  summary: 'a removal of a tenant whose process is killed ends at the next start, and others lose nothing',
  cases: 100,
  sampleCases: 2,
  run,
};

async function run({ seed, from, count, fail, log }: ChaosRun): Promise<void> {
  const moments = new Map<string, number>();
  for (let index = from; index < from + count; index++) {
    const random = createRandom(seed * 10_007 + index);
    const directory = mkdtempSync(join(tmpdir(), 'otelier-removal-'));
    try {
      await killDuringRemoval(directory, random(MAX_MILLIS));
      const moment = stateIn(directory) ?? 'before';
      moments.set(moment, (moments.get(moment) ?? 0) + 1);
      await checkAfterwards(directory, moment);
    } catch (error) {
      fail(index, error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  log(`killed: ${[...moments].map(([moment, times]) => `${moment} ${times}`).join(', ')}`);
}

async function killDuringRemoval(directory: string, millis: number): Promise<void> {
  const child = spawn(process.execPath, [REMOVER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await untilReady(child);
    await sleep(millis);
  } finally {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  assert.ok(child.stdout !== null);
  for await (const text of child.stdout.setEncoding('utf8')) if (String(text).includes('ready')) return;
  throw new Error('the process ended before it began the removal');
}

/** Returns the recorded state of the removal; `undefined` if it has not begun. */
function stateIn(directory: string): string | undefined {
  try {
    const text = readFileSync(join(directory, 'removed-tenants.json'), 'utf8');
    return (JSON.parse(text) as { readonly tenants: Readonly<Record<string, string>> }).tenants[GONE];
  } catch {
    return undefined;
  }
}

async function checkAfterwards(directory: string, moment: string): Promise<void> {
  const errors: string[] = [];
  const store = await openStore({
    directory,
    retentionMillis: Number.POSITIVE_INFINITY,
    onEvent: (event) => event.kind === 'error' && errors.push(event.message),
  });
  try {
    if (moment === 'before') {
      assert.equal(await countOf(store, GONE), BATCHES * 2, 'lost although the removal had not begun');
    } else {
      while (stateIn(directory) !== 'removed') await sleep(5);
      assert.equal(await countOf(store, GONE), 0);
      assert.deepEqual(filesWith(directory, MARKER), []);
    }
    assert.equal(await countOf(store, KEPT), BATCHES * 2);
    assert.deepEqual(errors, []);
  } finally {
    await store.close();
  }
}

async function countOf(store: Store, tenant: string): Promise<number> {
  let count = 0;
  for await (const spans of store.selectSpans({ tenant, start: 0n, end: 2n ** 62n, parts: {} })) count += spans.length;
  return count;
}

/** Returns the files below a directory that contain a text. */
function filesWith(directory: string, text: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}
