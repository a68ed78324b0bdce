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
/** Fewer, because each of these files takes seconds. */
const MAX_STARTING_FILES = 4;

/**
 * Matches in a test file what the files of a process would share: the environment, signals, memory and globals. Also
 * matches waiting at the top level, after which hooks and tests no longer belong to the suite of the file.
 */
const NEEDS_OWN_PROCESS = new RegExp(
  [
    String.raw`^(?:const .*= )?await\b`,
    String.raw`\bprocess\.(?:argv|chdir|cpuUsage|emit|env|exit|kill|listener|memoryUsage|off|on|resourceUsage|stderr|stdin|stdout|title|umask)`,
    String.raw`\bglobalThis\b|\bsetGlobal|\bmock\b|worker_threads|node:v8|duckdb`,
  ].join('|'),
  'm',
);

/** Matches in a test file that starts programs, threads or browsers. */
const STARTS_PROGRAMS = new RegExp(
  [
    String.raw`child_process|openStore|host\.stores\(`,
    String.raw`(?:blast|browser-page|crash|diagnostics|otelier|program|service|set-aside|start)\.testing\.ts'`,
    String.raw`/(?:browser|gateway|remote-[a-z]+\.testing|suite|view-test)(?:\.ts)?'`,
  ].join('|'),
);

/**
 * Tests that run without coverage of lines, which makes loops up to five times slower: they repeat, with much generated input, what other tests execute as
 * well, or run copies of the sources.
 */
const WITHOUT_COVERAGE = [
  'test/chaos/',
  'test/e2e/documented-commands.test.ts',
  'test/e2e/packed.test.ts',
  'test/fuzz/',
  'test/interop/',
  'packages/collector/src/config/hostile.test.ts',
  'packages/store/src/read/agreement.test.ts',
  'packages/store/src/read/columns-agree.test.ts',
  'packages/testkit/src/hostile/request.test.ts',
];

/** Tests that take more than a quarter of a minute. They start first, so that short ones fill the end of a run. */
const LONGEST = [
  'test/e2e/packed.test.ts',
  'test/e2e/documented-commands.test.ts',
  'packages/collector/src/cli/commands/examples.test.ts',
  'packages/dashboard/src/locale/languages.test.ts',
  'packages/dashboard/src/shell/axe/explore.test.ts',
  'packages/dashboard/src/shell/axe/overlays.test.ts',
  'packages/dashboard/src/shell/axe/views.test.ts',
  'test/interop/collector/replay.test.ts',
  'test/e2e/page-edge-cases.test.ts',
  'test/e2e/page-states.test.ts',
  'test/e2e/page.test.ts',
  'test/e2e/pipeline-edit.test.ts',
  'packages/dashboard/src/views/traces/traces.test.ts',
  'test/e2e/component-guide.test.ts',
  'test/chaos/hostile-telemetry.test.ts',
  'test/chaos/backup.test.ts',
];

/**
 * Groups test files into processes, in the order in which they start. Starting a process takes longer than most test
 * files, so those of a directory that do not change what its files share have one together. `scratch` is a directory for
 * entry files. `limitsCoverage` exempts tests that repeat much from the coverage of lines.
 */
export function groupIntoBatches(
  root: string,
  files: readonly string[],
  scratch: string,
  limitsCoverage = false,
): readonly Batch[] {
  const alone: Batch[] = [];
  const starting = new Map<string, string[]>();
  const shared = new Map<string, string[]>();
  for (const entry of files) {
    const path = relative(root, entry).split(sep).join('/');
    const text = readFileSync(entry, 'utf8');
    const isExempt = limitsCoverage && WITHOUT_COVERAGE.some((prefix) => path.startsWith(prefix));
    const [directory = ''] = /^\w+\/[^/]+/.exec(path) ?? [];
    if (isExempt) {
      const wrapper = join(scratch, `${path.replaceAll('/', '-')}${BATCH_SUFFIX}`);
      alone.push(createBatch(root, [path], wrapper, STOP_COVERAGE));
    } else if (LONGEST.includes(path) || NEEDS_OWN_PROCESS.test(text)) alone.push({ entry, files: [path] });
    else {
      const group = STARTS_PROGRAMS.test(text) ? starting : shared;
      group.set(directory, [...(group.get(directory) ?? []), path]);
    }
  }
  const entry = (kind: string) => (directory: string, index: number) =>
    join(scratch, `${directory.replaceAll('/', '-')}-${kind}-${index}${BATCH_SUFFIX}`);
  const batchesOf = (groups: ReadonlyMap<string, readonly string[]>, maxFiles: number, kind: string) =>
    [...groups].flatMap(([directory, paths]) =>
      chunks(paths, maxFiles).map((chunk, index) => createBatch(root, chunk, entry(kind)(directory, index), '')),
    );
  const batches = [
    ...batchesOf(starting, MAX_STARTING_FILES, 'starting'),
    ...alone,
    ...batchesOf(shared, MAX_FILES, 'shared'),
  ];
  const rankOf = ({ files: [path = ''] }: Batch) => (LONGEST.indexOf(path) + LONGEST.length + 1) % (LONGEST.length + 1);
  return batches.sort((a, b) => rankOf(a) - rankOf(b));
}

/** The variable is empty rather than absent, because Node passes it on to children that do not have it. */
const STOP_COVERAGE = `import { stopCoverage } from 'node:v8';
stopCoverage();
process.env.NODE_V8_COVERAGE = '';
`;

function chunks(paths: readonly string[], maxFiles: number): readonly (readonly string[])[] {
  const count = Math.ceil(paths.length / maxFiles);
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
