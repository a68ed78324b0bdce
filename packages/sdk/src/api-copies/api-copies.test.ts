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

/** Installs a copy of the API with a different version, as a package manager does for conflicting dependencies. */
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

/** Registers a provider until the end of the test. */
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

// A registration leaves its copy's version behind. Programs start without one.
beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for('opentelemetry.js.api.1'));
});

describe('registering', () => {
  test('succeeds with a single copy', async (t) => {
    const { registration, logged } = await registerFor(t);
    assert.deepEqual([registration.warnings, logged], [[], []]);
  });

  test('succeeds next to a copy of the same version, and receives its spans', async (t) => {
    const copy = await importApi((await copyApi(t)).directory);
    const { registration, spanNames } = await registerFor(t);
    copy.trace.getTracer('app').startSpan('of the copy').end();
    assert.deepEqual(registration.warnings, []);
    assert.deepEqual(await spanNames(), ['of the copy']);
  });

  test('fails after an older copy has registered, and names both copies', async (t) => {
    const { directory } = await copyApi(t, OLDER);
    const copy = await importApi(directory);
    assert.ok(copy.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} }));
    t.after(() => copy.diag.disable());
    for (const registering of [register, registerInBrowser]) {
      const { registration, logged, spanNames } = await registerFor(t, {}, registering);
      const [warning = ''] = registration.warnings;
      assert.deepEqual([registration.warnings.length, logged], [1, [warning]]);
      const start = `Two copies of @opentelemetry/api: ${OLDER} was registered first and rejects the provider of ${OWN_VERSION}, the copy of @otelier/sdk; spans are lost. `;
      assert.ok(warning.startsWith(start), warning);
      copy.trace.getTracer('app').startSpan('of the copy').end();
      ownApi.trace.getTracer('app').startSpan('of our own').end();
      assert.deepEqual(await spanNames(), []);
      registration();
      assert.equal(copy.diag.setLogger({ error() {}, warn() {}, info() {}, debug() {}, verbose() {} }), true);
    }
  });

  test('names a loaded newer copy that cannot use the provider', async (t) => {
    const { directory } = await copyApi(t, NEWER);
    const file = join(directory, 'dist', 'index.cjs');
    const copy: typeof ownApi = require(file);
    t.after(() => {
      for (const path of Object.keys(require.cache)) if (path.startsWith(directory)) delete require.cache[path];
    });
    const { registration, logged, spanNames } = await registerFor(t);
    const [warning = ''] = registration.warnings;
    assert.deepEqual([registration.warnings.length, logged], [1, [warning]]);
    const start = `Two copies of @opentelemetry/api: ${NEWER} (${directory}) cannot use the provider registered with ${OWN_VERSION}`;
    assert.ok(warning.startsWith(start), warning);
    copy.trace.getTracer('app').startSpan('of the copy').end();
    ownApi.trace.getTracer('app').startSpan('of our own').end();
    assert.deepEqual(await spanNames(), ['of our own']);
  });

  test('logs a newer copy that the program would load', async (t) => {
    const { project, directory } = await copyApi(t, NEWER);
    const entryPoint = new URL('../node.ts', import.meta.url).href;
    const program = join(project, 'main.mjs');
    const lines = [
      `import { createClient, register, TracerProvider } from '${entryPoint}';`,
      'register(new TracerProvider({ client: createClient() }));',
    ];
    await writeFile(program, lines.join('\n'));
    const { stderr } = await promisify(execFile)(process.execPath, [program]);
    assert.ok(stderr.includes(`${NEWER} (${directory}) cannot use the provider`), stderr);
  });

  test('keeps and names a provider that is already registered', async (t) => {
    class VendorProvider implements ownApi.TracerProvider {
      getTracer = () => ownApi.trace.getTracer('none');
    }
    const copy = await importApi((await copyApi(t)).directory);
    copy.trace.setGlobalTracerProvider(new VendorProvider());
    t.after(() => copy.trace.disable());
    const { registration } = await registerFor(t);
    assert.deepEqual(registration.warnings, [
      'register: expected no tracer provider, got VendorProvider; the registered provider stays active',
    ]);
    registration();
    const proxy = ownApi.trace.getTracerProvider() as ownApi.ProxyTracerProvider;
    assert.ok(proxy.getDelegate() instanceof VendorProvider);
  });
});
