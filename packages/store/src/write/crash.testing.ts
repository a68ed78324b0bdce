import { openStore } from '../open.ts';
import { spansNamed } from './batches.testing.ts';

/**
 * A process to be killed. It appends spans named by round and number as fast as it can, several batches at a time, and
 * prints each batch's number once it is acknowledged. Arguments: directory, round.
 */
const [directory = '', round = ''] = process.argv.slice(2);
const store = await openStore({ directory, rowsPerFile: 700 });
let next = 0;
async function appendForever(): Promise<void> {
  for (;;) {
    const batch = next++;
    const names = Array.from({ length: 10 }, (_, i) => `${round}.${batch}.${i}`);
    const outcome = await store.append(spansNamed(names));
    if (outcome.kind === 'accepted') process.stdout.write(`${batch}\n`);
  }
}
await Promise.all(Array.from({ length: 4 }, appendForever));
