import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CODECS, type Coding, decompressAtOnce, outputOptions } from './codecs.ts';

v8.setFlagsFromString('--expose-gc');
const collect = runInNewContext('globalThis.gc') as (options: { readonly type: 'minor' | 'major' }) => void;
const bufferMegabytes = (): number => process.memoryUsage().arrayBuffers / 1e6;

for (const coding of Object.keys(CODECS) as Coding[]) {
  test(`young collections free the buffers of ${coding}`, () => {
    const before = bufferMegabytes();
    for (let round = 0; round < 400; round += 1) {
      const input = Buffer.concat([randomBytes(16 * 1024), Buffer.alloc(48 * 1024)]);
      const compressed = CODECS[coding].compressSync(input, 1);
      const result = decompressAtOnce(coding, compressed, outputOptions(coding, input.length));
      assert.ok(result.kind === 'ok' && input.equals(result.body));
      if (round % 20 === 0) collect({ type: 'minor' });
    }
    collect({ type: 'minor' });
    collect({ type: 'minor' });
    const grown = bufferMegabytes() - before;
    // 58 MB of input and output were processed.
    assert.ok(grown < 8, `${grown.toFixed(1)} MB more than before`);
    collect({ type: 'major' });
  });
}
