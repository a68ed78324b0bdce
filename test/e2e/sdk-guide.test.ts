import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startExportSink } from './sdk-conformance/export-sink.ts';

const root = join(import.meta.dirname, '..', '..');
const PAGES = ['README.md', 'docs/guide/sdk*.md', 'docs/guide/metrics-client.md', 'packages/sdk/README.md'];
const run = promisify(execFile);

test('every program in the client library guides type-checks and runs', async (t) => {
  const sink = await startExportSink(t);
  // Within the repository, so that packages resolve, in a directory that version control ignores.
  const around = join(root, '.otelier');
  await mkdir(around, { recursive: true });
  const directory = await mkdtemp(join(around, 'guide-'));
  t.after(() => rm(directory, { recursive: true }));
  const programs = await writePrograms(directory, sink.url);
  assert.ok(programs.length >= 20);
  const config = { extends: join(root, 'tsconfig.json'), include: ['*.ts'] };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const imports = programs
    .filter(({ needsPage }) => !needsPage)
    .map(({ name }) => `await import('./${name}');`)
    .join('\n');
  await writeFile(join(directory, 'all.ts'), `${imports}\nexport {};\n`);
  // Both print errors with the page's name and the number of the program on it.
  await Promise.all([
    run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', directory]).catch(({ stdout }) => assert.fail(stdout)),
    run(process.execPath, [join(directory, 'all.ts')]),
  ]);
  assert.ok(sink.requests().length > 0);
});

/** A program of a guide. One that needs a page is only type-checked; `page.test.ts` of the SDK tests such programs in a browser. */
interface Program {
  readonly name: string;
  readonly needsPage: boolean;
}

/** Writes each program in the guides to a file, with the URL as its endpoint. */
async function writePrograms(directory: string, url: string): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (const page of globSync(PAGES, { cwd: root }).toSorted()) {
    const text = await readFile(join(root, page), 'utf8');
    for (const [i, [, program = '']] of [...text.matchAll(/^```ts\n(.*?)^```$/gms)].entries()) {
      const name = `${basename(page, '.md')}-${i + 1}.ts`;
      await writeFile(join(directory, name), program.replaceAll(/http:\/\/127\.0\.0\.1:4318/g, url));
      programs.push({ name, needsPage: program.includes("'@otelier/sdk/browser'") });
    }
  }
  return programs;
}
