import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { componentFiles, programDirectory, typedFunctionPrograms, writeComponent } from './guide-programs.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const failed = ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(stdout + stderr);

test('the component in the guide passes its own test', async (t) => {
  assert.deepEqual(
    (await componentFiles()).map(([name]) => name),
    ['min_severity.ts', 'min_severity.test.ts'],
  );
  const directory = await programDirectory(t, 'component-');
  await writeComponent(directory);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  await run(process.execPath, [join(directory, 'processors', 'min_severity.test.ts')], { env }).catch(failed);
});

// At once, because the compiler also checks the sources that they import, which takes nearly all of its time.
test('the component and the typed functions in the guides have the right types', async (t) => {
  const directory = await programDirectory(t, 'types-');
  await writeComponent(directory);
  const programs = await typedFunctionPrograms();
  assert.equal(programs.length, 5);
  for (const [index, program] of programs.entries()) await writeFile(join(directory, `typed-${index}.ts`), program);
  const config = { extends: join(root, 'tsconfig.json'), include: ['*.ts', 'processors/*.ts'] };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  // Several checkers would each infer the same types: more CPU time.
  await run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', directory, '--singleThreaded']).catch(failed);
});
