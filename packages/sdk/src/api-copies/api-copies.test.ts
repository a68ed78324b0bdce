import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, glob, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as ownApi from '@opentelemetry/api';
import { register as registerInBrowser } from '../browser.ts';
import { createClient, type RegisterOptions, type Registration, register, TracerProvider } from '../node.ts';
import { startSink } from '../sink.testing.ts';

const require = createRequire(import.meta.url);
const OWN_DIRECTORY = dirname(dirname(require.resolve('@opentelemetry/api')));
const OWN_VERSION: string = require(join(OWN_DIRECTORY, 'package.json')).version;
const [MAJOR = 0, MINOR = 0] = OWN_VERSION.split('.').map(Number);
const OLDER = `${MAJOR}.${MINOR - 1}.0`;
const NEWER = `${MAJOR}.${MINOR + 1}.0`;

/** Copies the API, under another version if there is one, as a package manager does when two of what is installed ask for different ones. */
async function copyApi(
  t: TestContext,
  version = OWN_VERSION,
): Promise<{ readonly project: string; readonly directory: string }> {
  const project = await realpath(await mkdtemp(join(tmpdir(), 'project-')));
  t.after(() => rm(project, { recursive: true }));
  const directory = join(project, 'node_modules', '@opentelemetry', 'api');
  await mkdir(dirname(directory), { recursive: true });
  await cp(OWN_DIRECTORY, directory, { recursive: true });
  for await (const file of glob(['package.json', 'dist/**/*.{mjs,cjs}'], { cwd: directory })) {
    const text = await readFile(join(directory, file), 'utf8');
    await writeFile(join(directory, file), text.replaceAll(OWN_VERSION, version));
  }
  return { project, directory };
}

async function importApi(directory: string): Promise<typeof ownApi> {
  return import(pathToFileURL(join(directory, 'dist', 'index.mjs')).href);
}

/** Registers, and takes back what the test has registered. */
async function registerFor(
  t: TestContext,
  options: RegisterOptions = {},
  registering: typeof register = register,
): Promise<{
  readonly registration: Registration;
  readonly logged: readonly string[];
  spanNames(): Promise<readonly string[]>;
}> {
  const sink = await startSink(t);
  const provider = new TracerProvider({ client: createClient({ endpoint: sink.url }) });
  const logged: string[] = [];
  const registration = registering(provider, { log: (line) => logged.push(line), ...options });
  t.after(() => {
    registration();
    return provider.shutdown();
  });
  const spanNames = async () => {
    await provider.forceFlush();
    return sink.spans().map(({ name }) => name);
  };
  return { registration, logged, spanNames };
}

// What was registered leaves the version of its copy behind; a program begins without.
beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'));
});

describe('registering', () => {
  test('alone has no problem', async (t) => {
    const { registration, logged } = await registerFor(t);
    assert.deepEqual([registration.problems, logged], [[], []]);
  });

  test('beside a copy of the same version has none, and takes its spans', async (t) => {
    const copy = await importApi((await copyApi(t)).directory);
    const { registration, spanNames } = await registerFor(t);
    copy.trace.getTracer('app').startSpan('of the copy').end();
    assert.deepEqual(registration.problems, []);
    assert.deepEqual(await spanNames(), ['of the copy']);
  });

  test('after an older copy is refused, and says which two there are', async (t) => {
    const { directory: folder } = await copyApi(t, OLDER);
    const copy = await importApi(folder);
    assert.ok(copy.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} }));
    t.after(() => copy.diag.disable());
    for (const registering of [register, registerInBrowser]) {
      const { registration, logged, spanNames } = await registerFor(t, {}, registering);
      const [problem = ''] = registration.problems;
      assert.deepEqual([registration.problems.length, logged], [1, [problem]]);
      const start = `Two copies of @opentelemetry/api: ${OLDER} has been registered first, and refuses what ${OWN_VERSION}, the copy of @otelier/sdk, registers`;
      assert.ok(problem.startsWith(start), problem);
      copy.trace.getTracer('app').startSpan('of the copy').end();
      ownApi.trace.getTracer('app').startSpan('of our own').end();
      assert.deepEqual(await spanNames(), []);
      registration();
      assert.equal(copy.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} }), true);
    }
  });

  test('names a newer copy that is loaded, which does not find the provider', async (t) => {
    const { directory: folder } = await copyApi(t, NEWER);
    const file = join(folder, 'dist', 'index.cjs');
    const copy: typeof ownApi = require(file);
    t.after(() => {
      for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) delete require.cache[path];
    });
    const { registration, logged, spanNames } = await registerFor(t);
    const [problem = ''] = registration.problems;
    assert.deepEqual([registration.problems.length, logged], [1, [problem]]);
    const start = `Two copies of @opentelemetry/api: ${NEWER} (${folder}) cannot use the provider that was registered with ${OWN_VERSION}`;
    assert.ok(problem.startsWith(start), problem);
    copy.trace.getTracer('app').startSpan('of the copy').end();
    ownApi.trace.getTracer('app').startSpan('of our own').end();
    assert.deepEqual(await spanNames(), ['of our own']);
  });

  test('names a newer copy that the program would load, on the console', async (t) => {
    const { project, directory: folder } = await copyApi(t, NEWER);
    const door = new URL('../node.ts', import.meta.url).href;
    const program = join(project, 'main.mjs');
    const lines = [
      `import { createClient, register, TracerProvider } from '${door}';`,
      'register(new TracerProvider({ client: createClient() }));',
    ];
    await writeFile(program, lines.join('\n'));
    const { stderr } = await promisify(execFile)(process.execPath, [program]);
    assert.ok(stderr.includes(`${NEWER} (${folder}) cannot use the provider`), stderr);
  });

  test('where another provider is registered names it, and leaves it', async (t) => {
    class VendorProvider implements ownApi.TracerProvider {
      getTracer = () => ownApi.trace.getTracer('none');
    }
    const copy = await importApi((await copyApi(t)).directory);
    copy.trace.setGlobalTracerProvider(new VendorProvider());
    t.after(() => copy.trace.disable());
    const { registration } = await registerFor(t);
    assert.deepEqual(registration.problems, [
      'register: expected no tracer provider, got VendorProvider, which stays; spans of the API do not reach the new one',
    ]);
    registration();
    const proxy = ownApi.trace.getTracerProvider() as ownApi.ProxyTracerProvider;
    assert.ok(proxy.getDelegate() instanceof VendorProvider);
  });
});
