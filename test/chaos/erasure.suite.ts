import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore, type Store } from '@otelier/store';
import { filesWith } from '../../packages/store/src/subjects/planted.testing.ts';
import { BATCHES, MARKER, TENANT } from './erasure/subject.ts';
import { runKilled } from './killed/run-killed.ts';
import type { ChaosSuite } from './suite.ts';

/**
 * Kills a process at any moment of the erasure of a subject. The next process on the same store ends the erasure without
 * being asked to: no file has the subject, also in compressed pages, all items of others are there once, and a signed
 * statement says that nothing is left.
 */
export const suite: ChaosSuite = {
  name: 'erasure',
  summary: 'an erasure of a subject whose process is killed ends at the next start, and others lose nothing',
  cases: 100,
  sampleCases: 1,
  run: (chaos) =>
    runKilled(chaos, {
      name: 'otelier-erasure-',
      program: join(import.meta.dirname, 'erasure', 'eraser.ts'),
      maxMillis: 150,
      check,
    }),
};

async function check(directory: string) {
  const moment = momentIn(directory);
  await checkAfterwards(directory, moment);
  return moment;
}

type Moment = 'before' | 'during' | 'after';

function momentIn(directory: string): Moment {
  if (existsSync(join(directory, 'removals'))) return 'after';
  return existsSync(join(directory, 'erasures.json')) ? 'during' : 'before';
}

async function checkAfterwards(directory: string, moment: Moment): Promise<void> {
  const errors: string[] = [];
  const store = await openStore({
    directory,
    retentionMillis: Number.POSITIVE_INFINITY,
    onEvent: (event) => event.kind === 'error' && errors.push(event.message),
  });
  try {
    const names = moment === 'before' ? ['kept', MARKER] : ['kept'];
    if (moment !== 'before') await checkErased(store, directory);
    const expected = names.flatMap((name) => Array.from({ length: BATCHES }, (_, i) => `${name}-${i}`));
    assert.deepEqual((await spanNames(store)).sort(), expected.sort());
    assert.deepEqual(errors, []);
  } finally {
    await store.close();
  }
}

async function checkErased(store: Store, directory: string): Promise<void> {
  const { subjects } = store;
  assert.ok(subjects !== undefined);
  // A killed process may have written the statement, and not yet noted that the erasure is over.
  while (subjects.statements().length === 0 || isPending(directory)) await sleep(20);
  const [proof] = subjects.statements();
  assert.ok(proof !== undefined);
  assert.equal(JSON.parse(proof.statement).verification.itemsLeft, 0);
  assert.deepEqual(await subjects.verify(proof, [{ value: MARKER }]), []);
  assert.deepEqual(filesWith(directory, MARKER), []);
}

async function spanNames(store: Store): Promise<string[]> {
  const names: string[] = [];
  for await (const spans of store.selectSpans({ tenant: TENANT, start: 0n, end: 2n ** 62n, parts: {} }))
    names.push(...spans.map(({ name }) => name));
  return names;
}

function isPending(directory: string): boolean {
  return readFileSync(join(directory, 'erasures.json')).includes(MARKER);
}
