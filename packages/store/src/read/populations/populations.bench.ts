import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchOf } from '@otelier/testkit';
import { createStoreReader } from '../reader.ts';
import { WrittenFiles } from '../written.testing.ts';
import { type Incident, incidentOf, writeIncidents } from './incidents.testing.ts';

/**
 * Compares populations in 1 M spans with 40 attributes, in which 20 causes each make some traces slow. Run it with
 * `node packages/store/src/read/populations/populations.bench.ts`.
 */
const SPANS = Number(process.argv[2] ?? 1_000_000);
const START = 1_790_000_000_000_000_000n;
const BAND_NANOS = 50_000_000;
/** The targets: causes that are first, and the slowest response. */
const MIN_FOUND = 19;
const MAX_MILLIS = 1000;

const directory = mkdtempSync(join(tmpdir(), 'otelier-populations-'));
const files = new WrittenFiles(directory);
const batch = batchOf('traces', {});
const causes = Array.from({ length: 200 }, (_, seed) => incidentOf(seed, 8));
const incidents: readonly Incident[] = [
  ...new Map(causes.map((cause) => [`${cause.key} ${cause.value}`, cause])).values(),
]
  .slice(0, 20)
  .map((cause, index) => ({ ...cause, nanos: (index + 1) * BAND_NANOS }));
let sent = 0;
for (const request of writeIncidents({ seed: 1, spans: SPANS, spansPerTrace: 4, startNanos: START, incidents })) {
  files.append({ ...batch, parts: [request] });
  sent += 2000;
  if (sent % 250_000 === 0) files.cut();
}
const reader = createStoreReader({ directory, access: files });
const range = { tenant: 'default', start: START, end: START + 3_600_000_000_000n, conditions: [] } as const;
const millis: number[] = [];
let found = 0;
for (const { key, value, nanos } of incidents) {
  const started = performance.now();
  const compared = await reader.populations?.comparePopulations({
    ...range,
    selection: { ...range, minDurationNanos: nanos, maxDurationNanos: nanos + BAND_NANOS / 2 },
    baseline: 'rest',
  });
  millis.push(performance.now() - started);
  const first = compared?.differences.find(({ isOutcome }) => !isOutcome);
  const isFound = first?.key === key && first.best.value === value;
  if (isFound) found += 1;
  process.stdout.write(
    `${key}=${value}: ${isFound ? 'first' : `got ${first?.key}=${first?.best.value}`}, ${compared?.selected.total} traces, ${Math.round(millis.at(-1) ?? 0)} ms\n`,
  );
}
const sorted = millis.slice(1).sort((a, b) => a - b);
process.stdout.write(
  `${found} of ${incidents.length} causes first (target ≥ ${MIN_FOUND}); median ${Math.round(sorted[9] ?? 0)} ms, slowest ${Math.round(sorted.at(-1) ?? 0)} ms, first query ${Math.round(millis[0] ?? 0)} ms (target < ${MAX_MILLIS} ms)\n`,
);
const heatmapStarted = performance.now();
await reader.populations?.traceHeatmap({ ...range, steps: 300 });
process.stdout.write(`heat map: ${Math.round(performance.now() - heatmapStarted)} ms\n`);
await reader.close();
rmSync(directory, { recursive: true, force: true });
process.exitCode = found >= MIN_FOUND && Math.max(...millis) < MAX_MILLIS ? 0 : 1;
