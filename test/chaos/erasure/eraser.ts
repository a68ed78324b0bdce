/** Fills a store with spans of a subject and of others, prints `ready` and erases the subject. The suite kills it meanwhile. */
import assert from 'node:assert/strict';
import { openStore } from '@otelier/store';
import { spansNamed } from '../../../packages/store/src/write/batches.testing.ts';
import { BATCHES, ID, MARKER, TENANT } from './subject.ts';

const [directory = ''] = process.argv.slice(2);
const store = await openStore({ directory, retentionMillis: Number.POSITIVE_INFINITY });
for (let i = 0; i < BATCHES; i++) {
  assert.equal((await store.append(spansNamed([`${MARKER}-${i}`, `kept-${i}`], TENANT))).kind, 'accepted');
  // The last batches are only in the journal.
  if (i < BATCHES - 2 && i % 2 === 1) await store.flush();
}
process.stdout.write('ready\n');
await store.subjects?.erase({ id: ID, tenant: TENANT, terms: [{ value: MARKER }], parts: 'items', facts: {} });
// Until the suite kills the process.
setInterval(() => undefined, 1000);
