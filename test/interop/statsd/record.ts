/**
 * Sends all cases to the Collector's receiver, and records its metrics. The program built from `go/` must be in
 * $STATSD_REFERENCE, by default /tmp/statsd-reference:
 *
 *     node test/interop/statsd/record.ts
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { CASES } from './cases.ts';
import { pointLines } from './normalize.ts';
import { OUTCOMES, type StatsdOutcome } from './outcomes.ts';

interface Recorded {
  readonly name: string;
  readonly error?: string;
  readonly batches: readonly unknown[];
}

const program = process.env['STATSD_REFERENCE'] ?? '/tmp/statsd-reference';
const { stdout } = spawnSync(program, {
  input: JSON.stringify(CASES),
  stdio: ['pipe', 'pipe', 'inherit'],
  maxBuffer: 1 << 28,
});
const recorded = JSON.parse(stdout.toString()) as readonly Recorded[];
const outcomes = recorded.map(({ batches, ...rest }): StatsdOutcome => ({ ...rest, points: pointLines(batches) }));
writeFileSync(OUTCOMES, gzipSync(JSON.stringify(outcomes), { level: 9 }));
process.stdout.write(`${outcomes.length} cases, ${outcomes.flatMap(({ points }) => points).length} lines recorded\n`);
