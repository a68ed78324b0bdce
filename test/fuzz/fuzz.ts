import { createRandom } from '@otelier/testkit/otlp/random';
import { type Finding, saveInput } from './finding.ts';
import type { FuzzTarget, OpenTarget } from './target.ts';

/** Options for a run. */
export interface RunOptions {
  readonly seed: number;
  /** Index of the first input. */
  readonly from: number;
  readonly count: number;
  /** Maximum time for which the target's event loop may be blocked. */
  readonly maxBlockMillis: number;
  readonly say: (line: string) => void;
}

/** Number of findings after which the run stops, because further ones rarely add information. */
const MAX_FINDINGS = 20;

/** Runs inputs against a target and prints the results. Returns the number of defects. */
export async function fuzz(target: FuzzTarget, options: RunOptions): Promise<number> {
  const { seed, count, say, maxBlockMillis } = options;
  const began = performance.now();
  await using open = await target.open(seed);
  let failures = 0;
  await attemptAll(open, options, async (index, { defect, input }) => {
    failures++;
    const file = await saveInput(target.name, seed, index, input);
    say(
      `✖ ${defect}\n  ${input.length} bytes in ${file}\n  npm run fuzz -- --only ${target.name} --seed ${seed} --case ${index}`,
    );
    return failures < MAX_FINDINGS;
  });
  const report = await open.report();
  const defects = [...report.defects];
  if (report.isBlockBounded && report.longestBlockMillis > maxBlockMillis) {
    const input = report.slowestInput;
    const where =
      input === undefined ? '' : `, at ${input.length} bytes in ${await saveInput(target.name, seed, -1, input)}`;
    defects.push(`blocked for ${report.longestBlockMillis.toFixed(1)} ms${where}`);
  }
  for (const defect of defects) say(`✖ ${defect}`);
  failures += defects.length;
  const seconds = (performance.now() - began) / 1000;
  say(
    `${failures === 0 ? '✔' : '✖'} ${target.name} (${target.what}): ${count.toLocaleString('en')} inputs, ` +
      `${report.accepted.toLocaleString('en')} accepted, ${report.refused.toLocaleString('en')} refused, ${failures} defects; ` +
      `longest block ${report.longestBlockMillis.toFixed(1)} ms (${report.longestWallMillis.toFixed(1)} wall-clock), peak ${report.peakMegabytes.toFixed(0)} MB, ${seconds.toFixed(0)} s`,
  );
  return failures;
}

/** Calls `found` for each finding until it returns true. */
async function attemptAll(
  open: OpenTarget,
  { seed, from, count }: RunOptions,
  found: (index: number, finding: Finding) => Promise<boolean>,
): Promise<void> {
  for (let first = from; first < from + count; first += open.batchSize) {
    const size = Math.min(open.batchSize, from + count - first);
    const randoms = Array.from({ length: size }, (_, i) => createRandom(Math.imul(seed, 0x9e37_79b1) + first + i));
    for (const [i, finding] of (await open.attempt(randoms)).entries()) {
      if (finding !== undefined && !(await found(first + i, finding))) return;
    }
  }
}
