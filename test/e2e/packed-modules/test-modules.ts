import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { batchOf } from '@otelier/testkit/request-codec';
import { createHttpClient } from '@otelier/transport/http-client';
import { startGateway } from '../gateway.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');

/** An application in which the tarballs are installed. */
export interface Installed {
  readonly directory: string;
  readonly app: string;
}

const FUNCTIONS = `import { ACCEPTED, defineConfig, defineExporter, filterSpans, SpanView, forEachItem, z } from 'otelier';
import { appendFileSync } from 'node:fs';

const names = defineExporter({
  summary: 'Appends names to a file.',
  stability: 'development',
  signals: ['traces'],
  examples: [],
  config: z.object({ path: z.string().describe('Path of the file.') }),
  create({ path }) {
    const span = new SpanView();
    return {
      consume({ signal, parts }) {
        for (const part of parts) forEachItem(signal, part, ({ bytes, start, end }) => appendFileSync(path, span.reset(bytes, start, end).name + '\\n'));
        return ACCEPTED;
      },
    };
  },
});

export default defineConfig({
  components: { names },
  receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
  processors: { wanted: filterSpans((span) => span.name !== 'unwanted') },
  exporters: { names: { path: process.env.NAMES ?? '' } },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['wanted'], exporters: ['names'] } } },
});
`;
const COMMONJS = FUNCTIONS.replace(/import (\{.*?\}) from ('[^']+');/g, 'const $1 = require($2);').replace(
  'export default',
  'module.exports =',
);

/** Tests that modules of the user import `otelier` from the running program, however and wherever it is installed. */
export function testModules({ directory, app }: Installed): void {
  for (const [name, files, file = 'otelier.config.ts'] of [
    ['in a directory without package.json', { 'otelier.config.ts': FUNCTIONS }],
    ['in an ESM project', { 'package.json': '{"type":"module"}', 'otelier.config.ts': FUNCTIONS }],
    ['in a CommonJS project', { 'package.json': '{"type":"commonjs"}', 'otelier.config.ts': FUNCTIONS }],
    ['in a project that names no type', { 'package.json': '{"name":"x"}', 'otelier.config.ts': FUNCTIONS }],
    ['in JavaScript', { 'package.json': '{}', 'otelier.config.mjs': FUNCTIONS }, 'otelier.config.mjs'],
    ['in CommonJS', { 'package.json': '{"type":"commonjs"}', 'otelier.config.cjs': COMMONJS }, 'otelier.config.cjs'],
  ] as const)
    test(`modules ${name} import otelier and run`, async (t) => {
      const project = join(directory, name.replaceAll(' ', '-'));
      await writeProject(project, files);
      await runs(t, join(app, 'node_modules', 'otelier', 'bin', 'otelier.js'), project, file);
    });

  test('modules import otelier when it is installed globally', async (t) => {
    const installed = join(directory, 'global', 'lib', 'node_modules', 'otelier');
    await copyGlobally(join(app, 'node_modules'), installed);
    const project = join(directory, 'with-global');
    await writeProject(project, { 'otelier.config.ts': FUNCTIONS });
    await runs(t, join(installed, 'bin', 'otelier.js'), project);
  });

  test('modules import otelier when npx runs it from its cache', async () => {
    const project = join(directory, 'with-npx');
    await writeProject(project, { 'otelier.config.ts': FUNCTIONS });
    // npx uses the node of the path, which can be too old.
    const env = { ...process.env, PATH: `${await nodeDirectory(directory)}:${process.env['PATH']}`, NAMES: 'names' };
    // Like the cache of npx, the directory of the application is not above the project.
    const args = ['exec', '--prefix', app, '--', 'otelier', 'print-config', '--config', 'otelier.config.ts'];
    const { stdout } = await run('npm', args, { cwd: project, env });
    assert.match(stdout, /function\/wanted/);
    assert.match(stdout, /names:/);
  });

  test('the types of otelier resolve in a project', async () => {
    await writeFile(join(app, 'otelier.config.ts'), `import process from 'node:process';\n${FUNCTIONS}`);
    await writeFile(join(app, 'wrong.config.ts'), WRONG);
    for (const moduleResolution of ['nodenext', 'bundler']) {
      const options = ['--noEmit', '--singleThreaded', '--strict', '--target', 'esnext'];
      const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
      const types = ['--typeRoots', join(root, 'node_modules', '@types'), '--types', 'node'];
      const modules = ['--module', module, '--moduleResolution', moduleResolution];
      const args = [...options, ...modules, ...types, '--skipLibCheck', 'otelier.config.ts', 'wrong.config.ts'];
      const printed = await run(join(root, 'node_modules', '.bin', 'tsc'), args, { cwd: app }).then(
        () => '',
        ({ stdout }) => String(stdout),
      );
      const [error, ...others] = printed.trim().split('\n');
      assert.match(
        error ?? '',
        /^wrong\.config\.ts\(2,49\): error TS\d+: Property 'nam' does not exist on type 'Span'/,
      );
      assert.deepEqual(others, []);
    }
  });
}

const WRONG = `import { filterSpans } from 'otelier';
export const wrong = filterSpans((span) => span.nam !== 'x');
`;
async function writeProject(project: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(project, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
}

/**
 * Arranges installed packages as `npm install --global` does, where the packages that a program needs are below it. npm
 * would take as long as the first installation.
 */
async function copyGlobally(packages: string, installed: string): Promise<void> {
  await mkdir(dirname(installed), { recursive: true });
  await run('cp', ['-al', join(packages, 'otelier'), installed]);
  await mkdir(join(installed, 'node_modules'), { recursive: true });
  for (const name of await readdir(packages))
    if (name !== 'otelier') await run('cp', ['-al', join(packages, name), join(installed, 'node_modules')]);
}

/** Runs the configuration of a project, and checks its function and its component. */
async function runs(
  t: { after(end: () => Promise<void>): void },
  bin: string,
  project: string,
  file = 'otelier.config.ts',
): Promise<void> {
  const names = join(project, 'names');
  const gateway = await startGateway(t, { bin, file: join(project, file), set: [`exporters.names.path=${names}`] });
  const client = createHttpClient({ endpoint: gateway.http });
  const spans = ['wanted', 'unwanted'].map((name) => ({ name }));
  const request = batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  assert.equal((await client.export('traces', request.parts)).kind, 'accepted', gateway.output());
  await client.shutdown();
  assert.equal(await gateway.stop(), 0, gateway.output());
  assert.equal(await readFile(names, 'utf8'), 'wanted\n');
}

/** Returns a directory in which `node` is the Node of this process. */
async function nodeDirectory(directory: string): Promise<string> {
  const path = join(directory, 'bin-of-this-node');
  await mkdir(path, { recursive: true });
  await symlink(process.execPath, join(path, 'node')).catch(() => {});
  return path;
}
