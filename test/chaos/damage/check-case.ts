import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openStore, type Store, type StoreFinding, verifyStore } from '@otelier/store';
import { spansNamed } from '../../../packages/store/src/write/batches.testing.ts';
import type { Damage } from './damages.ts';
import { filesOf } from './damages.ts';
import type { Encrypted } from './encrypted.ts';
import { bytesOf, itemName, namesIn } from './read-items.ts';
import { OPTIONS, TENANTS } from './templates.ts';

/** A damaged store and its expected contents. */
export interface DamagedStore {
  readonly directory: string;
  /** Items acknowledged before the damage. */
  readonly items: ReadonlySet<string>;
  /** Items that the store held before the damage. Their loss must be reported. */
  readonly held: ReadonlySet<string>;
  /** Items that must survive because the damage affected no file that contains them. */
  readonly untouched: ReadonlySet<string>;
  readonly damage: Damage;
  readonly encrypted: Encrypted | undefined;
  /** Whether to also check with queries, which starts the query engine. */
  readonly withQueries: boolean;
}

/** Opens the store, appends more items, reopens it and checks its contents. */
export async function checkCase(damaged: DamagedStore): Promise<void> {
  const { directory, items, untouched } = damaged;
  const errors: string[] = [];
  const added = new Set<string>();
  for (const run of ['a', 'b']) {
    const store = await openStore({
      directory,
      ...OPTIONS,
      encryption: damaged.encrypted?.options,
      onEvent: (event) => event.kind === 'error' && errors.push(event.message),
    });
    try {
      if (run === 'a') await append(store, run, added);
      if (damaged.withQueries) await query(store);
      // The first run ends with items that are only in the journal.
      if (run === 'b') await append(store, run, added);
      if (run === 'b') await store.flush();
      assert.deepEqual(store.health(), { kind: 'ok' });
    } finally {
      await store.close();
    }
  }
  const findings: string[] = [];
  const onFinding = ({ kind, path }: StoreFinding) => kind === 'damaged' && findings.push(path);
  await verifyStore(directory, onFinding, undefined, damaged.encrypted?.options);
  const stored = await storedItems(directory, findings, damaged.encrypted);
  for (const [item, count] of stored) assert.equal(count, 1, `${item} is stored ${count} times`);
  for (const item of stored.keys()) assert.ok(items.has(item) || added.has(item), `${item} was never acknowledged`);
  const isThere = (item: string) => stored.has(item);
  const missingNew = [...added].filter((item) => !isThere(item));
  assert.equal(missingNew.length, 0, `acknowledged after the restart but not stored: ${missingNew}`);
  const missing = [...untouched].filter((item) => !isThere(item));
  assert.equal(missing.length, 0, `lost although not in a damaged file: ${missing}; errors: ${errors}`);
  const lost = [...damaged.held].filter((item) => !isThere(item)).length;
  assert.ok(lost === 0 || errors.length + findings.length > 0, `${lost} items lost without a report`);
  if (damaged.damage.isOneByte && damaged.damage.files.every((file) => file.endsWith('.journal'))) {
    assert.ok(lost <= 5, `one damaged byte of a journal must lose only one record, lost ${lost} items`);
  }
}

async function append(store: Store, run: string, added: Set<string>): Promise<void> {
  const batches = TENANTS.flatMap((tenant, number) =>
    [0, 1, 2, 3].map((batch) => ({ tenant, names: [0, 1].map((i) => itemName(number, `${run}${batch}.${i}`)) })),
  );
  const outcomes = await Promise.all(batches.map(({ tenant, names }) => store.append(spansNamed(names, tenant))));
  for (const [index, { kind }] of outcomes.entries()) {
    assert.equal(kind, 'accepted');
    for (const name of batches[index]?.names ?? []) added.add(name);
  }
}

const ALWAYS = { start: 0n, end: 2n ** 62n };

async function query(store: Store): Promise<void> {
  for (const tenant of TENANTS) {
    await store.searchTraces({ tenant, ...ALWAYS, conditions: [], limit: 10, orderBy: 'time' });
    await store.services({ tenant, ...ALWAYS });
  }
  await store.stats();
}

/** Returns how many times each item occurs in files. Files that `verify` reports as damaged are skipped. */
async function storedItems(
  directory: string,
  damaged: readonly string[],
  encrypted: Encrypted | undefined,
): Promise<Map<string, number>> {
  const stored = new Map<string, number>();
  for (const file of filesOf(join(directory, 'data'))) {
    if (!file.endsWith('.parquet') || damaged.includes(join('data', file))) continue;
    for (const name of await namesIn(bytesOf(join(directory, 'data', file), encrypted))) {
      stored.set(name, (stored.get(name) ?? 0) + 1);
    }
  }
  return stored;
}
