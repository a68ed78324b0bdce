import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { openStore, type Store, type StoreOptions } from '@otelier/store';
import { filesWith } from '../../packages/store/src/subjects/planted.testing.ts';
import { runKilled } from './killed/run-killed.ts';
import { FILES, ITEMS, KEEPING, LIMITING, MARKER } from './purposes/purposes.ts';
import type { ChaosSuite } from './suite.ts';

/**
 * Kills a process at any moment while retention by purpose rewrites files. Whatever was rewritten, the next process has each
 * item of the purpose once, and none of the others twice. One with the same purposes removes the rest of the others, also
 * from compressed pages, without being asked to.
 */
export const suite: ChaosSuite = {
  name: 'purposes',
  summary: 'retention by purpose whose process is killed loses nothing of the purpose, and ends at the next start',
  cases: 100,
  sampleCases: 1,
  run: (chaos) =>
    runKilled(chaos, {
      name: 'otelier-purposes-',
      program: join(import.meta.dirname, 'purposes', 'rewriter.ts'),
      maxMillis: 600,
      check,
    }),
};

async function check(directory: string) {
  const moment = await checkEachOnce(directory);
  await checkRest(directory);
  return moment;
}

/** Checks what the killed process has left, and returns how far it was. */
async function checkEachOnce(directory: string): Promise<'before' | 'during' | 'after'> {
  return await withStore(directory, KEEPING, async (store) => {
    const bodies = await bodiesIn(store);
    const others = bodies.filter((body) => body.startsWith(MARKER));
    assert.equal(new Set(others).size, others.length, 'an item is there twice');
    assert.deepEqual(
      bodies.filter((body) => !body.startsWith(MARKER)),
      audits(),
    );
    if (others.length === 0) return 'after';
    return others.length === FILES * ITEMS ? 'before' : 'during';
  });
}

async function checkRest(directory: string): Promise<void> {
  await withStore(directory, LIMITING, async (store) => {
    const passes = async () => (await store.stats()).purposes?.passes ?? 0;
    while ((await passes()) < 2) await sleep(5);
    assert.deepEqual(await bodiesIn(store), audits());
  });
  assert.deepEqual(filesWith(directory, MARKER), []);
}

async function withStore<T>(
  directory: string,
  options: Partial<StoreOptions>,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const errors: string[] = [];
  const onEvent: StoreOptions['onEvent'] = (event) => event.kind === 'error' && errors.push(event.message);
  const store = await openStore({ directory, ...options, onEvent });
  let result: T;
  try {
    result = await use(store);
  } finally {
    await store.close();
  }
  assert.deepEqual(errors, []);
  return result;
}

function audits(): readonly string[] {
  return Array.from({ length: FILES * ITEMS }, (_, i) => `audit-${Math.floor(i / ITEMS)}-${i % ITEMS}`).sort();
}

async function bodiesIn(store: Store): Promise<readonly string[]> {
  const bodies: string[] = [];
  for await (const request of store.export({ tenant: 'default', signal: 'logs' }))
    for (const [, body = ''] of requestToJson('logs', request).matchAll(/"body":\{"stringValue":"(.*?)"/g))
      bodies.push(body);
  return bodies.sort();
}
