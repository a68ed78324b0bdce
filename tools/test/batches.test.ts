import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { groupIntoBatches } from './batches.ts';

const STARTS_A_PROGRAM = `import { execFileSync } from 'node:child_process';
  execFileSync(process.execPath, [new URL('program.mjs', import.meta.url).pathname]);`;

/** Files of a project and their contents. */
const FILES: Readonly<Record<string, string>> = {
  'packages/a/src/program.mjs': 'process.exitCode = 0;',
  'packages/a/src/starts.test.mjs': STARTS_A_PROGRAM,
  'test/program.mjs': 'process.exitCode = 0;',
  'test/starts.test.mjs': STARTS_A_PROGRAM,
  'test/chaos/program.mjs': 'process.exitCode = 0;',
  'test/chaos/starts.test.mjs': STARTS_A_PROGRAM,
};

/** Runs the test files of a project, and returns the paths of the files whose coverage was collected. */
async function coveredFiles(root: string): Promise<readonly string[]> {
  const scratch = await mkdtemp(join(root, 'scratch-'));
  const files = Object.keys(FILES)
    .filter((path) => path.endsWith('.test.mjs'))
    .map((path) => join(root, path));
  const directory = join(scratch, 'coverage');
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  for (const { entry } of groupIntoBatches(root, files, scratch, true))
    await promisify(execFile)(process.execPath, [entry], { env: { ...env, NODE_V8_COVERAGE: directory } });
  const reports = existsSync(directory) ? readdirSync(directory) : [];
  const text = reports.map((name) => readFileSync(join(directory, name), 'utf8')).join('');
  return Object.keys(FILES).filter((path) => text.includes(`${root}/${path}"`));
}

test('exempts tests that repeat much from the coverage of lines', async () => {
  const root = await mkdtemp(join(tmpdir(), 'otelier-batches-'));
  try {
    for (const [path, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    assert.deepEqual(await coveredFiles(root), [
      ...['packages/a/src/program.mjs', 'packages/a/src/starts.test.mjs', 'test/program.mjs', 'test/starts.test.mjs'],
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
