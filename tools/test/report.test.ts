import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { testEnvironment } from './environment.ts';

const DIRECTORIES = {
  bin: '/bin-of-project',
  home: '/home',
  compileCache: '/cache',
  program: undefined,
  coverage: undefined,
};

/** Files of a project and their contents. */
const FILES: Readonly<Record<string, string>> = {
  'packages/a/src/hooks.test.mjs': `import { beforeEach, test } from 'node:test';
    let calls = 0;
    beforeEach(() => { calls += 1; });
    test('calls its own hook', () => { if (calls !== 1) throw new Error(String(calls)); });`,
  'packages/a/src/fails.test.mjs': `import { test } from 'node:test';
    test('fails', () => { throw new Error('for a reason'); });
    test('is skipped', { skip: true }, () => {});
    test('passes', () => {});`,
  'packages/a/src/missing.test.mjs': `import 'no-such-package';`,
  'packages/a/src/process.test.mjs': `import { test } from 'node:test';
    test('has its own process', () => { if (process.env.PATH === undefined) throw new Error('no PATH'); });`,
  'test/ends.test.mjs': `import { test } from 'node:test';
    test('never ends', () => { console.error('out of luck'); process.exit(3); });`,
};

/** Runs the files as `run.ts` does. In a process of its own, because a test cannot run tests. */
const SCRIPT = `
  import { run } from 'node:test';
  import { groupIntoBatches } from ${JSON.stringify(import.meta.resolve('./batches.ts'))};
  import { report } from ${JSON.stringify(import.meta.resolve('./report.ts'))};
  const [files, root] = [JSON.parse(process.argv[2]), process.cwd()];
  const batches = groupIntoBatches(root, files, root);
  const stream = run({ files: batches.map(({ entry }) => entry), env: { PATH: process.env.PATH } });
  let text = '';
  const counts = await report(stream, batches, (line) => { text += line; });
  console.log(JSON.stringify({ text, counts, processes: batches.map(({ files }) => files.length) }));
`;

async function runFiles() {
  const root = await mkdtemp(join(tmpdir(), 'otelier-report-'));
  try {
    const files = Object.keys(FILES).map((path) => join(root, path));
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    await writeFile(join(root, 'run.mjs'), SCRIPT);
    const args = ['run.mjs', JSON.stringify(files.sort())];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
    return JSON.parse(stdout);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

test('reports each file of a shared process, failures with their reason, and processes that end early', async () => {
  const { text, counts, processes } = await runFiles();
  assert.deepEqual(processes, [1, 1, 3]);
  assert.match(text, /^✔ packages\/a\/src\/hooks\.test\.mjs \(1 passed, [\d.]+ s\)$/m);
  assert.match(text, /^✔ packages\/a\/src\/process\.test\.mjs \(1 passed, [\d.]+ s\)$/m);
  assert.match(text, /^✖ packages\/a\/src\/fails\.test\.mjs \(1 passed, 1 failed, [\d.]+ s\)$/m);
  assert.match(text, /^✖ packages\/a\/src\/fails\.test\.mjs: fails\n {4}Error: for a reason$/m);
  assert.match(text, /^✖ packages\/a\/src\/missing\.test\.mjs \(0 passed, [\d.]+ s\)$/m);
  assert.match(text, /Cannot find package 'no-such-package'/);
  assert.match(text, /^✖ test\/ends\.test\.mjs: ended early\n {4}out of luck$/m);
  const { failures, failedEntries, ...numbers } = counts;
  assert.deepEqual(numbers, { passed: 3, failed: 3, skipped: 1 });
  assert.equal(failures.length, 3);
  assert.deepEqual(failedEntries.map((path: string) => basename(path)).sort(), [
    'ends.test.mjs',
    'packages-a-shared-0.batch.mjs',
  ]);
});

test('gives test processes the same environment whatever the caller has', () => {
  const caller = {
    ...{
      CI: 'true',
      TERM: 'xterm',
      COLORTERM: 'truecolor',
      NO_COLOR: '1',
      FORCE_COLOR: '1',
      LANG: 'de_DE',
      TZ: 'Asia/Tokyo',
    },
    ...{ OTEL_SERVICE_NAME: 'x', NODE_OPTIONS: '--no-warnings', HTTPS_PROXY: 'http://proxy', HOME: '/root' },
  };
  const { npm_config_https_proxy: proxy, ...environment } = testEnvironment({ ...caller, PATH: '/bin' }, DIRECTORIES);
  assert.equal(proxy, 'http://proxy');
  assert.deepEqual(environment, testEnvironment({ PATH: '/bin' }, DIRECTORIES));
  const own = Object.keys(environment).filter((name) => !name.startsWith('npm_config_'));
  assert.deepEqual(own.sort(), ['HOME', 'LANG', 'NODE_COMPILE_CACHE', 'PATH', 'TMPDIR', 'TZ']);
});
