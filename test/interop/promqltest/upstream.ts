import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../check.ts';
import { runToEnd } from '../processes.ts';
import { unknownDifferences } from './known-differences.ts';
import { runScripts } from './run-scripts.ts';

/** The version of Prometheus (3.15.1) whose scripts are run. `known-differences.ts` has its line numbers. */
const MODULE = 'github.com/prometheus/prometheus@v0.315.1';

/** Runs the query tests of Prometheus, which the Go module of its source contains, with our evaluation. */
export async function comparePromqltest(log: (text: string) => void): Promise<Comparison> {
  const results = await runScripts(join(await moduleDirectory(), 'promql', 'promqltest', 'testdata'));
  for (const { name, cases, differences } of results) {
    log(`    ${name}: ${cases - differences.length} of ${cases} cases equal`);
  }
  const mismatches = results.flatMap((result) =>
    unknownDifferences(result).map(
      ({ line, query, difference }) => `${result.name}.test:${line}: ${query}: ${difference}`,
    ),
  );
  return { compared: results.reduce((sum, { cases }) => sum + cases, 0), mismatches };
}

/** Returns the directory of the module, which is downloaded if it is not in the cache of Go. */
export async function moduleDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-promqltest-'));
  try {
    const { code, stdout, stderr } = await runToEnd(['go', 'mod', 'download', '-json', MODULE], {}, directory);
    if (code !== 0) throw new Error(`go mod download ${MODULE} failed:\n${stderr}${stdout}`);
    return (JSON.parse(stdout) as { readonly Dir: string }).Dir;
  } finally {
    await rm(directory, { recursive: true });
  }
}
