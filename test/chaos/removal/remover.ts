/** Fills a store for two tenants, prints `ready` and removes one of them. The suite kills it meanwhile. */
import assert from 'node:assert/strict';
import { openStore } from '@otelier/store';
import { spansNamed } from '../../../packages/store/src/write/batches.testing.ts';
import { BATCHES, GONE, KEPT, MARKER } from './tenants.ts';

const [directory = ''] = process.argv.slice(2);
const store = await openStore({ directory, retentionMillis: Number.POSITIVE_INFINITY });
for (let i = 0; i < BATCHES; i++) {
  for (const [tenant, name] of [
    [GONE, MARKER],
    [KEPT, 'kept'],
  ] as const)
    assert.equal((await store.append(spansNamed([`${name}-${i}-a`, `${name}-${i}-b`], tenant))).kind, 'accepted');
  // The last batches are only in the journal.
  if (i < BATCHES - 2 && i % 2 === 1) await store.flush();
}
process.stdout.write('ready\n');
await store.tenants?.remove(GONE);
// Until the suite kills the process.
setInterval(() => undefined, 1000);
