import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The test files that one process runs. */
export interface Batch {
  /** The file that the process starts with: the test file, or one that imports several. */
  readonly entry: string;
  /** Paths relative to the project, with slashes. */
  readonly files: readonly string[];
}

/** End of the name of an entry that imports test files. */
export const BATCH_SUFFIX = '.batch.mjs';

const MAX_FILES = 16;

/**
 * Matches in a test file that needs a process of its own: because of what the files of a process would share, such as
 * the environment, signals, memory and globals, or because it starts programs, threads or browsers.
 */
const NEEDS_OWN_PROCESS = new RegExp(
  [
    String.raw`\bprocess\.(?:argv|chdir|cpuUsage|emit|env|exit|kill|listener|memoryUsage|off|on|resourceUsage|stderr|stdin|stdout|title|umask)`,
    String.raw`\bglobalThis\b|\bsetGlobal|\bmock\b|child_process|worker_threads|node:v8|openStore|duckdb|host\.stores\(`,
    String.raw`(?:blast|browser-page|crash|diagnostics|otelier|program|service|set-aside|start)\.testing\.ts'`,
    String.raw`/(?:browser|remote-[a-z]+\.testing\.ts|view-test\.ts)'`,
  ].join('|'),
);

/**
 * Tests that run without coverage of lines, which makes loops up to five times slower: they repeat, with much generated input, what other tests execute as
 * well, or run copies of the sources.
 */
const WITHOUT_COVERAGE = [
  'test/chaos/',
  'test/e2e/crash.test.ts',
  'test/e2e/documented-commands.test.ts',
  'test/e2e/packed.test.ts',
  'test/fuzz/',
  'test/interop/',
  'packages/collector/src/config/hostile.test.ts',
  'packages/store/src/read/agreement.test.ts',
  'packages/store/src/read/columns-agree.test.ts',
  'packages/testkit/src/hostile/request.test.ts',
];

/**
 * Groups test files into processes, in the order in which they start. Starting a process takes longer than most test
 * files, so those of a package that only call its functions share one. `scratch` is a directory for entry files.
 * `limitsCoverage` exempts tests that repeat much from the coverage of lines.
 */
export function groupIntoBatches(
  root: string,
  files: readonly string[],
  scratch: string,
  limitsCoverage = false,
): readonly Batch[] {
  const programs: Batch[] = [];
  const alone: Batch[] = [];
  const shared = new Map<string, string[]>();
  for (const entry of files) {
    const path = relative(root, entry).split(sep).join('/');
    const [, name = ''] = /^packages\/([^/]+)\//.exec(path) ?? [];
    const isExempt = limitsCoverage && WITHOUT_COVERAGE.some((prefix) => path.startsWith(prefix));
    const needsOwnProcess = name === '' || NEEDS_OWN_PROCESS.test(readFileSync(entry, 'utf8'));
    if (!needsOwnProcess && !isExempt) shared.set(name, [...(shared.get(name) ?? []), path]);
    else {
      const wrapper = join(scratch, `${path.replaceAll('/', '-')}${BATCH_SUFFIX}`);
      const batch = isExempt ? createBatch(root, [path], wrapper, STOP_COVERAGE) : { entry, files: [path] };
      (name === '' ? programs : alone).push(batch);
    }
  }
  const batches = [...shared].flatMap(([name, paths]) =>
    chunks(paths).map((chunk, index) => createBatch(root, chunk, join(scratch, `${name}-${index}${BATCH_SUFFIX}`), '')),
  );
  // The longest first: at the end, when the last process runs alone, it is a short one.
  return [...programs, ...batches, ...alone];
}

/** The variable is empty rather than absent, because Node passes it on to children that do not have it. */
const STOP_COVERAGE = `import { stopCoverage } from 'node:v8';
stopCoverage();
process.env.NODE_V8_COVERAGE = '';
`;

function chunks(paths: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(paths.length / MAX_FILES);
  const size = Math.ceil(paths.length / count);
  return Array.from({ length: count }, (_, index) => paths.slice(index * size, (index + 1) * size));
}

/** Writes an entry that runs each file as a suite, to which the file's hooks and a failure to load it are limited. */
function createBatch(root: string, files: readonly string[], entry: string, prelude: string): Batch {
  const suites = files.map((path) => {
    const url = JSON.stringify(pathToFileURL(join(root, path)).href);
    return `describe(${JSON.stringify(path)}, async () => { await import(${url}); });\n`;
  });
  writeFileSync(entry, `${prelude}import { describe } from 'node:test';\n${suites.join('')}`);
  return { entry, files };
}
