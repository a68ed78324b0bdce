/**
 * Records the responses of Pebble for one certificate, which `replay.test.ts` replays.
 *
 *   node test/interop/acme/record.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReceiver } from './compare.ts';
import { RECORDED, startPebble } from './pebble.ts';

const pebble = await startPebble({ default: 7_776_000 });
const directory = mkdtempSync(join(tmpdir(), 'otelier-record-acme-'));
const receiver = await startReceiver(pebble, directory, { challenge: { endpoint: `127.0.0.1:${pebble.httpPort}` } });
await receiver.untilIssued(1);
const exchanges = pebble.exchanges.filter(({ path }) => !path.includes('renewalInfo'));
await receiver.bench.close();
await pebble.stop();
rmSync(directory, { recursive: true });
const text = JSON.stringify(exchanges, undefined, 1).replaceAll(/https:\/\/localhost:\d+/g, 'https://pebble.test');
writeFileSync(RECORDED, `${text}\n`);
