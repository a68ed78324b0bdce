import { openStore } from '../open.ts';
import { batchOf } from './batches.testing.ts';

/**
 * A process to be killed while it stores a record. It opens a store, appends a number of empty spans if one is given,
 * and prints `stored` when the record has been read from the journal. Arguments: directory, number of spans.
 */
const [directory = '', number = '0'] = process.argv.slice(2);
const store = await openStore({ directory });
const itemCount = Number(number);
if (itemCount > 0) {
  const spans = Buffer.alloc(2 * itemCount, Buffer.from([0x12, 0]));
  const field = (tag: number, bytes: Uint8Array) => {
    const head = [tag];
    let rest = bytes.length;
    for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...head, rest]), bytes]);
  };
  await store.append(batchOf('traces', field(0x0a, field(0x12, spans)), itemCount));
}
await store.stats();
process.stdout.write('stored\n');
setInterval(() => undefined, 1000);
