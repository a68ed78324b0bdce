import { encodeParquet } from '../parquet/file.ts';
import { blastSpans, createRandom, freshenIds, idOffsets } from './blast.testing.ts';
import { createBuilder } from './builders.ts';

/**
 * Measures how many spans per CPU second are converted from wire bytes to Parquet, and the file size per span. Run
 * `node packages/store/src/columns/columns.bench.ts [files]`. The first files serve as warm-up.
 */
const files = Number(process.argv[2] ?? 10);
const perFile = 250_000;
const perRequest = 1000;
const random = createRandom(7);
const requests = Array.from({ length: 16 }, (_, i) =>
  blastSpans(random, perRequest, 1_764_000_000_000_000_000n + BigInt(i) * 2_000_000n),
);
const offsets = requests.map(idOffsets);
const wireBytes = requests.reduce((sum, request) => sum + request.length, 0);
console.log(`${(wireBytes / requests.length / perRequest).toFixed(0)} B a span on the wire, ${perFile} spans a file`);

/** Returns the CPU time that `work` takes, in milliseconds. */
function cpuMillis(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

let best = 0;
for (let file = 0, salt = 1; file < files; file++) {
  const builder = createBuilder('traces');
  let columnMillis = 0;
  for (let i = 0; i < perFile / perRequest; i++) {
    const request = requests[i % requests.length] as Uint8Array;
    freshenIds(request, offsets[i % requests.length] as readonly number[], salt++);
    columnMillis += cpuMillis(() => builder.append(request, 0));
  }
  let bytes = 0;
  const parquetMillis = cpuMillis(() => {
    const table = builder.table(0, builder.rows);
    const extras = { rows: table.rows, attachment: table.traceIndex, metadata: () => ({}) };
    for (const piece of encodeParquet(table.columns, extras)) bytes += piece.length;
  });
  const perSecond = perFile / (columnMillis + parquetMillis);
  best = Math.max(best, perSecond);
  console.log(
    `${perSecond.toFixed(0)} k spans per CPU-second (columns ${columnMillis.toFixed(0)} ms, Parquet ` +
      `${parquetMillis.toFixed(0)} ms), ${(bytes / perFile).toFixed(1)} B a span, builder ${(builder.byteSize / 1e6).toFixed(0)} MB`,
  );
}
console.log(`best ${best.toFixed(0)} k`);
