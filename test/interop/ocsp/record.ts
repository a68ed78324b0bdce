/**
 * Records responses of `openssl ocsp`, which `replay.test.ts` replays.
 *
 *   node test/interop/ocsp/record.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareWithOpenssl, type Recording } from './compare.ts';

const recordings: Recording[] = [];
const { mismatches } = await compareWithOpenssl(recordings);
if (mismatches.length > 0) throw new Error(mismatches.join('\n'));
const text = JSON.stringify(recordings, undefined, 1);
writeFileSync(join(import.meta.dirname, 'openssl.json'), `${text}\n`);
