import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

test('the component in the guide has the right types, and its own test passes', async (t) => {
  const guide = await readFile(join(root, 'docs', 'guide', 'write-a-component.md'), 'utf8');
  const files = [...guide.matchAll(/^`([\w.]+)`:\n\n```ts\n(.*?)^```$/gms)];
  assert.deepEqual(
    files.map(([, name]) => name),
    ['min_severity.ts', 'min_severity.test.ts'],
  );
  // Within the repository, so that packages resolve, in a directory that version control ignores.
  const around = join(root, '.otelier');
  await mkdir(around, { recursive: true });
  const directory = await mkdtemp(join(around, 'component-'));
  t.after(() => rm(directory, { recursive: true }));
  await symlink(join(root, 'packages', 'collector', 'src', 'component'), join(directory, 'component'), 'dir');
  const processors = join(directory, 'processors');
  await mkdir(processors);
  for (const [, name = '', code = ''] of files) await writeFile(join(processors, name), code);
  const config = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] };
  await writeFile(join(processors, 'tsconfig.json'), JSON.stringify(config));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const failed = ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(stdout + stderr);
  await Promise.all([
    run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', processors]).catch(failed),
    run(process.execPath, [join(processors, 'min_severity.test.ts')], { env }).catch(failed),
  ]);
});
