import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeParquet } from '../parquet/file.ts';
import { blastSpans, createRandom } from './blast.testing.ts';
import { createBuilder } from './builders.ts';

/**
 * Spans per CPU-second from wire bytes to the bytes of Parquet files, and bytes a span in them. Run with
 * `node packages/store/src/columns/columns.bench.ts [files]`; the first files warm the compiler up.
 */
const files = Number(process.argv[2] ?? 8);
const perFile = 250_000;
const perRequest = 1000;
const random = createRandom(7);
const requests = Array.from({ length: perFile / perRequest }, (_, i) =>
  blastSpans(random, perRequest, 1_764_000_000_000_000_000n + BigInt(i) * 2_000_000n),
);
const wireBytes = requests.reduce((sum, request) => sum + request.length, 0);
console.log(`${(wireBytes / perFile).toFixed(0)} B a span on the wire, ${perFile} spans a file`);

const folder = mkdtempSync(join(tmpdir(), 'otelier-bench-'));
for (let file = 0; file < files; file++) {
  const start = process.cpuUsage();
  const builder = createBuilder('traces');
  for (const request of requests) builder.append(request, 0);
  const built = process.cpuUsage(start);
  const memory = builder.byteSize;
  const table = builder.table(0, builder.rows);
  const pieces = encodeParquet(table.columns, {
    rows: table.rows,
    attachment: table.traceIndex,
    metadata: () => ({}),
  });
  const done = process.cpuUsage(start);
  const seconds = (done.user + done.system) / 1e6;
  const columnSeconds = (built.user + built.system) / 1e6;
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  writeFileSync(join(folder, 'spans.parquet'), Buffer.concat(pieces));
  console.log(
    `${(perFile / seconds / 1000).toFixed(0)} k spans per CPU-second (columns ${(columnSeconds * 1000).toFixed(0)} ms, ` +
      `Parquet ${((seconds - columnSeconds) * 1000).toFixed(0)} ms), ${(size / perFile).toFixed(1)} B a span, ` +
      `builder ${(memory / 1e6).toFixed(0)} MB`,
  );
}
rmSync(folder, { recursive: true });
