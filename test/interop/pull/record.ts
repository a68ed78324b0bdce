/**
 * Records what real servers send after a known workload, which `npm test` reads again:
 *
 *     node test/interop/pull/record.ts [NAME…]
 */
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { SERVERS } from './compare.ts';
import { recordServer } from './recording.ts';
import { RECORDS, type Recorded, readRecords } from './records.ts';

const names = process.argv.slice(2);
const records: Record<string, Recorded> = { ...readRecords() };
for (const [name, [start, use]] of Object.entries(SERVERS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const server = await start();
  try {
    await use(server.port);
    records[name] = await recordServer(name, server.port);
    process.stdout.write(`${name}: ${Object.keys(records[name] ?? {}).length} responses\n`);
  } finally {
    await server.stop();
  }
}
writeFileSync(RECORDS, gzipSync(JSON.stringify(records), { level: 9 }));
