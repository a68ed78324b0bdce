/** Fills a store, opens it with purposes, which rewrites its files, and prints `ready`. The suite kills it meanwhile. */
import assert from 'node:assert/strict';
import { openStore } from '@otelier/store';
import { logsOf } from '../../../packages/store/src/subjects/planted.testing.ts';
import { AGE_MILLIS, FILES, ITEMS, KEEPING, LIMITING, MARKER } from './purposes.ts';

const [directory = ''] = process.argv.slice(2);
const store = await openStore({ directory, ...KEEPING });
for (let file = 0; file < FILES; file++) {
  const records = Array.from({ length: ITEMS }, (_, item) => [
    { body: `audit-${file}-${item}`, attributes: { kind: 'audit' } },
    { body: `${MARKER}-${file}-${item}` },
  ]).flat();
  assert.equal((await store.append(logsOf(records, { at: Date.now() - AGE_MILLIS }))).kind, 'accepted');
  await store.flush();
}
await store.close();
await openStore({ directory, ...LIMITING });
process.stdout.write('ready\n');
// Until the suite kills the process.
setInterval(() => undefined, 1000);
