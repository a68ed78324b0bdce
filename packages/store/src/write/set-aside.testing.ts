import { openStore } from '../open.ts';
import { batchOf } from './batches.testing.ts';

/**
 * A process to be killed while it stores a large record: opens a store and, with the second argument `append`, first
 * appends a million empty spans. Then prints `ready`. Arguments: directory, `append` or nothing.
 */
const [directory = '', word = ''] = process.argv.slice(2);
const store = await openStore({ directory });
if (word === 'append') {
  const spans = Buffer.alloc(2 * 1_000_000, Buffer.from([0x12, 0]));
  const field = (tag: number, bytes: Uint8Array) => {
    const head = [tag];
    let rest = bytes.length;
    for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
    return Buffer.concat([Buffer.from([...head, rest]), bytes]);
  };
  await store.append(batchOf('traces', field(0x0a, field(0x12, spans)), 1_000_000));
}
process.stdout.write('ready\n');
setInterval(() => undefined, 1000);
