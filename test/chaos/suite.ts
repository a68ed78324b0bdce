import assert from 'node:assert/strict';
import { test } from 'node:test';

/**
 * A suite of seeded cases that damage files, kill processes, flood the program or change its clock, and then check its
 * guarantees. A suite is a file `test/chaos/<name>.suite.ts` that exports `suite`, which `npm run chaos` discovers.
 * Next to it, `<name>.test.ts` replays a sample with `testSample`.
 */
export interface ChaosSuite {
  /** The name by which `--only` selects the suite. */
  readonly name: string;
  /** A one-sentence description of what the suite checks. */
  readonly summary: string;
  /** Number of cases in a complete run. */
  readonly cases: number;
  /** Number of cases that `npm test` replays, which take a few seconds. */
  readonly sampleCases: number;
  /** Runs cases `from` to `from + count - 1`. The same seed and index produce the same case. */
  run(run: ChaosRun): Promise<void>;
}

/** One run of a suite. */
export interface ChaosRun {
  readonly seed: number;
  /** Index of the first case. */
  readonly from: number;
  readonly count: number;
  /** Reports that a case failed. The run continues. */
  fail(index: number, message: string): void;
  /** Prints a line, such as a measurement. */
  log(line: string): void;
}

/** Runs a suite and returns the number of failures. `print` is called with each line of the report. */
export async function runSuite(
  suite: ChaosSuite,
  { seed, from, count }: Pick<ChaosRun, 'seed' | 'from' | 'count'>,
  print: (line: string) => void,
): Promise<number> {
  const started = performance.now();
  let failures = 0;
  await suite.run({
    seed,
    from,
    count,
    log: print,
    fail: (index, message) => {
      failures += 1;
      print(`✖ case ${index}: ${message}\n  npm run chaos -- --only ${suite.name} --seed ${seed} --case ${index}`);
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  print(`${failures === 0 ? '✔' : '✖'} ${suite.name}: ${count} cases, ${failures} failures, ${seconds} s`);
  return failures;
}

/** Declares a test that replays a sample of a suite. */
export function testSample(suite: ChaosSuite): void {
  test(`${suite.name}: ${suite.summary} (${suite.sampleCases} of ${suite.cases} cases)`, async () => {
    const lines: string[] = [];
    const failures = await runSuite(suite, { seed: 1, from: 0, count: suite.sampleCases }, (line) => lines.push(line));
    assert.equal(failures, 0, lines.join('\n'));
  });
}
