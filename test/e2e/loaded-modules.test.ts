import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OTELIER, tempDirectory } from './gateway.ts';

const NOP = `receivers: {nop: {}}
exporters: {nop: {}}
service: {pipelines: {traces: {receivers: [nop], exporters: [nop]}}}
`;

/** Parts that only a configuration which names them loads. */
const UNUSED = [
  /collector\/src\/(?:receivers|exporters|processors|connectors|extensions)\/(?!nop\.ts$)/,
  /collector\/src\/(?:component\/discovery|graph\/nested)\//,
  /collector\/src\/tenants\/(?!config\.ts$|pipeline-tenants\.ts$|tenants-of\.ts$)/,
  /\/(?:store|journal|dashboard|sdk)\/src\/(?!idle-memory\.ts$|thread\.ts$)/,
  /\/query\/src\/(?!patterns\/|request\/|error-message\.ts$)/,
  /\/transport\/src\/(?:udp|websocket|client\/(?:grpc|http1\/client)|server\/(?:grpc|http1?)\/)/,
  /\/node_modules\/(?:ws|hono|@duckdb|pg|@platformatic)\//,
];

const STARTED = 'Stop with Ctrl-C';

/** Preloaded into the program: writes the URLs of its modules when it exits. */
const HOOK = `import { registerHooks } from 'node:module';
  import { writeFileSync } from 'node:fs';
  const urls = new Set();
  registerHooks({ load(url, context, next) { urls.add(url); return next(url, context); } });
  process.on('exit', () => writeFileSync(process.env.MODULES, [...urls].join('\\n')));`;

for (const [name, args, max] of [
  ['--version', ['--version'], 46],
  ['--help', ['--help'], 46],
  ['validate', ['validate', '--config', 'nop.yaml'], 479],
  ['the start of a pipeline', ['--config', 'nop.yaml'], 490],
] as const)
  test(`${name} loads at most ${max} modules, and none of parts that are not used`, async (t) => {
    const directory = await tempDirectory(t);
    await writeFile(join(directory, 'nop.yaml'), NOP);
    await writeFile(join(directory, 'hook.mjs'), HOOK);
    const urls = await loadedModules(directory, args);
    const files = urls.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
    assert.ok(urls.length <= max, `${urls.length} modules:\n${files.join('\n')}`);
    assert.ok(urls.length > max / 2, 'the bound is too high to prove anything');
    assert.deepEqual(
      files.filter((file) => UNUSED.some((pattern) => pattern.test(file))),
      [],
    );
  });

/** Runs the program until it exits, or until it has started, and returns the URLs of the modules that it loaded. */
async function loadedModules(directory: string, args: readonly string[]): Promise<readonly string[]> {
  const output = join(directory, 'modules.txt');
  const child = spawn(process.execPath, ['--import', join(directory, 'hook.mjs'), OTELIER, ...args], {
    cwd: directory,
    // Modules of the sources, not of the bundle.
    env: { ...process.env, MODULES: output, OTELIER_PROGRAM: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let printed = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    const isStarted = printed.includes(STARTED);
    printed += text;
    // A second signal would end the program before it exits by itself.
    if (!isStarted && printed.includes(STARTED)) child.kill('SIGTERM');
  }
  assert.deepEqual(await exited, [0, null]);
  return (await readFile(output, 'utf8')).split('\n');
}
