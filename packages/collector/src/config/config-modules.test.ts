import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withModules } from '../functions/function-bench.testing.ts';
import { registry } from '../registry.generated.ts';
import { type Diagnostic, formatConfigError } from './config-error.ts';
import { readConfigFiles } from './files.ts';
import { loadConfig } from './load.ts';

const RECEIVERS = `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } }, exporters: { nop: {} }`;

/** Returns a module that exports a configuration with these sections and one pipeline. */
function moduleOf(sections: string, pipeline = `receivers: ['otlp'], exporters: ['nop']`, before = ''): string {
  return `import { defineConfig, filterLogs, filterSpans } from 'otelier';
${before}
export default defineConfig({
  ${RECEIVERS},
  ${sections}
  service: { pipelines: { traces: { ${pipeline} } } },
});
`;
}

/** Loads a configuration from files of a temporary directory, the first of which is named by `--config`. */
async function load(files: Readonly<Record<string, string>>) {
  let diagnostics: readonly Diagnostic[] = [];
  let loaded: Awaited<ReturnType<typeof loadConfig>> | undefined;
  let around = '';
  await withModules(async (directory) => {
    around = `${directory.path}/`;
    for (const [name, text] of Object.entries(files)) await directory.save(name, text);
    const [first = ''] = Object.keys(files);
    const { sources, errors } = await readConfigFiles([directory.file(first)]);
    loaded = errors.length > 0 ? undefined : await loadConfig({ sources, environment: { PORT: '0' }, registry });
    diagnostics = loaded?.errors ?? errors;
  });
  return { loaded, errors: diagnostics.map((error) => formatConfigError(error).replaceAll(around, '')) };
}

test('loads a configuration from a TypeScript module, with its imports, without a node_modules directory', async () => {
  const processors = `processors: { batch: { timeout: delay }, noHealth, 'function/two': noHealth, unnamed: filterSpans(() => true, { error_mode: 'drop', timeout: '50ms' }) },`;
  const { loaded, errors } = await load({
    'otelier.config.ts': moduleOf(
      processors,
      `receivers: ['otlp'], processors: ['noHealth', 'unnamed', 'function/two', 'batch'], exporters: ['nop']`,
      `import { delay, noHealth } from './parts.ts';`,
    ),
    'parts.ts': `import { filterSpans } from 'otelier';
      export const delay: string = '3s';
      export const noHealth = filterSpans((span) => span.name !== 'GET /healthz');`,
  });
  assert.deepEqual(errors, []);
  assert.ok(loaded?.ok);
  const { processors: read, service } = loaded.config;
  assert.deepEqual(
    service.pipelines[0]?.processors.map(({ id }) => id),
    ['function/noHealth', 'function/unnamed', 'function/two', 'batch'],
  );
  assert.equal(read.get('batch')?.config['timeout'], 3000);
  const { file, ...config } = read.get('function/unnamed')?.config ?? {};
  assert.match(String(file), /otelier\.config\.ts$/);
  assert.deepEqual(config, { function: 'unnamed', errorMode: 'drop', timeout: 50 });
  assert.equal(read.get('function/two')?.config['function'], 'function/two');
});

test('expands references as in YAML', async () => {
  const { loaded, errors } = await load({
    'otelier.config.mjs': moduleOf(`extensions: { health_check: { endpoint: '127.0.0.1:\${env:PORT}' } },`),
  });
  assert.match(errors.join('\n'), /^otelier\.config\.mjs: extensions\.health_check: warning: no effect/);
  assert.ok(loaded?.ok);
  assert.equal(loaded.config.extensions.get('health_check')?.config['endpoint'], '127.0.0.1:0');
});

test('gives functions that sample, route and aggregate the components that use them', async () => {
  const { loaded, errors } = await load({
    'otelier.config.ts': `import { aggregate, defineConfig, route, tailSample } from 'otelier';
export default defineConfig({
  ${RECEIVERS},
  processors: { slow: tailSample((trace) => trace.hasError, { decision_wait: '3s', error_mode: 'drop' }) },
  connectors: {
    byName: route({ spans: () => 'traces/out', logs: () => undefined }, { default_pipelines: ['traces/out'] }),
    took: aggregate({ spans: () => ({}) }, { unit: 's', functions: ['max'], window: { size: '5s' }, timeout: '2s' }),
  },
  service: {
    pipelines: {
      traces: { receivers: ['otlp'], processors: ['slow'], exporters: ['byName', 'took'] },
      'traces/out': { receivers: ['byName'], exporters: ['nop'] },
      metrics: { receivers: ['took'], exporters: ['nop'] },
    },
  },
});`,
  });
  assert.deepEqual(errors, []);
  assert.ok(loaded?.ok);
  const sampling = loaded.config.processors.get('tail_sampling/slow')?.config ?? {};
  assert.equal(sampling['decisionWait'], 3000);
  assert.match(
    JSON.stringify(sampling['policies'], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    /"name":"slow","type":"function".*"function":"slow","errorMode":"drop"/,
  );
  assert.deepEqual(loaded.config.connectors.get('function/byName')?.config['defaultPipelines'], ['traces/out']);
  const took = JSON.stringify(loaded.config.connectors.get('aggregate/took')?.config);
  assert.match(took, /"size":5000.*"function":"took","errorMode":"ignore","timeout":2000.*"unit":"s"/);
});

test('loads ES modules and CommonJS modules in a project whose type is CommonJS', async () => {
  const module = moduleOf('', undefined, 'const unused: number = 1;');
  const commonJs = module
    .replace(/import (\{.*?\}) from ('[^']+');/, 'const $1 = require($2);')
    .replace(/const unused.*/, '');
  for (const [name, text] of [
    ['otelier.config.ts', module],
    ['otelier.config.js', module.replace(': number', '')],
    ['otelier.config.cjs', commonJs.replace('export default', 'module.exports =')],
  ] as const) {
    const { errors } = await load({ [name]: text, 'package.json': '{"type":"commonjs"}' });
    assert.deepEqual(errors, [], name);
  }
});

const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  [
    'a syntax error',
    { 'c.ts': 'export default {\n  a: 1\n  b: 2,\n};' },
    /^c\.ts:3:3: SyntaxError: Expected ',', got 'ident'$/,
  ],
  [
    'syntax that cannot be stripped',
    { 'c.ts': '\nenum Mode { a }\nexport default {};' },
    /^c\.ts:2:1: SyntaxError: TypeScript enum is not supported in strip-only mode$/,
  ],
  [
    'a syntax error that remains after stripping',
    { 'c.ts': 'const a: number = 1;\nconst a = 2;\nexport default { a };' },
    /^c\.ts:2:7: SyntaxError: Identifier 'a' has already been declared$/,
  ],
  [
    'a syntax error of JavaScript',
    { 'c.js': 'export default { a b };' },
    /^c\.js:1:20: SyntaxError: Unexpected identifier 'b'$/,
  ],
  [
    'a syntax error in an import',
    { 'c.ts': `import './d.ts';`, 'd.ts': 'export const = 1;' },
    /^d\.ts:1:14: SyntaxError: /,
  ],
  [
    'an error at import',
    { 'c.ts': `const o: any = undefined;\n\nexport default { a: o.x.y };` },
    /^c\.ts:3:23: TypeError: Cannot read properties of undefined \(reading 'x'\)$/,
  ],
  [
    'an error in a function at import',
    {
      'c.ts': `import { f } from './d.ts';\nexport default f();`,
      'd.ts': `export function f() {\n  throw new RangeError('mine');\n}`,
    },
    /^d\.ts:2:9: RangeError: mine$/,
  ],
  [
    'a missing import',
    { 'c.ts': `import './absent.ts';` },
    /^c\.ts: Error: Cannot find module '.*absent\.ts' imported from /,
  ],
  [
    'a missing export',
    { 'c.ts': `import { no } from 'otelier';\nexport default no;` },
    /^c\.ts:1:10: SyntaxError: The requested module 'otelier' does not provide an export named 'no'$/,
  ],
  ['a thrown value', { 'c.ts': 'throw { a: 1 };' }, /^c\.ts: expected an Error to be thrown, got \[object Object\]$/],
  [
    'no default export',
    { 'c.ts': 'export const a = 1;' },
    /^c\.ts: expected the default export to be a configuration, such as defineConfig\(\{ … \}\), got none$/,
  ],
  [
    'another default export',
    { 'c.ts': 'export default [1];' },
    /^c\.ts: expected the default export to be a configuration, .*, got a list$/,
  ],
  [
    'a value that is no configuration',
    { 'c.ts': moduleOf('processors: { batch: { timeout: () => 1 }, x: new Date(0) },') },
    /^c\.ts: processors\.batch\.timeout: expected text, .*, got a function\nc\.ts: processors\.x: expected .*, got an object of class Date$/,
  ],
  [
    'a function in another place',
    { 'c.ts': moduleOf('processors: { batch: filterSpans(() => true) }, exporters: { a: filterSpans(() => true) },') },
    /^c\.ts: exporters\.a: expected filterSpans as an entry of processors, got it here$/,
  ],
  [
    'a function that belongs to another section',
    {
      'c.ts': `import { defineConfig, route, tailSample } from 'otelier';
export default { ${RECEIVERS}, processors: { a: route({ spans: () => undefined }) }, connectors: { b: tailSample(() => true) } };`,
    },
    /^c\.ts: processors\.a: expected route as an entry of connectors, got it here\nc\.ts: connectors\.b: expected tailSample as an entry of processors, got it here$/,
  ],
  [
    'a name that two functions have',
    {
      'c.ts': `import { route, tailSample } from 'otelier';
export default { ${RECEIVERS}, processors: { a: tailSample(() => true) }, connectors: { a: route({ spans: () => undefined }) } };`,
    },
    /^c\.ts: connectors\.a: expected a name that no other function has, got "a"$/,
  ],
  [
    'functions by unknown names',
    {
      'c.ts': `import { route } from 'otelier';\nexport default { connectors: { a: route({ metrics: () => undefined }) } };`,
    },
    /^c\.ts:2:\d+: TypeError: route: expected spans, logs or dataPoints, got "metrics"$/,
  ],
  [
    'a function for another signal',
    {
      'c.ts': moduleOf(
        'processors: { x: filterLogs(() => true) },',
        `receivers: ['otlp'], processors: ['x'], exporters: ['nop']`,
      ),
    },
    /^c\.ts: service\.pipelines\.traces\.processors\[0\]: expected a function for traces, got "x", which filterLogs created$/,
  ],
  [
    'a wrong field',
    {
      'c.ts': moduleOf(
        `processors: { batch: { timeout: 'soon' } },`,
        `receivers: ['otlp'], processors: ['batch'], exporters: ['nop']`,
      ),
    },
    /^c\.ts: processors\.batch\.timeout: expected a duration such as "200ms", "5s" or "1h30m", got "soon"$/,
  ],
  [
    'a wrong option of a function',
    {
      'c.ts': moduleOf(
        `processors: { x: filterSpans(() => true, { error_mode: 'skip' }) },`,
        `receivers: ['otlp'], processors: ['x'], exporters: ['nop']`,
      ),
    },
    /^c\.ts: processors\.function\/x\.error_mode: expected "ignore", "drop" or "propagate", got "skip"/,
  ],
  [
    'an unknown reference',
    { 'c.ts': moduleOf('', `receivers: ['otlp'], exporters: ['none']`) },
    /^c\.ts: service\.pipelines\.traces\.exporters/,
  ],
  ['a process that exits', { 'c.ts': 'process.exit(3);' }, /^c\.ts: its thread exited$/],
];
for (const [name, files, expected] of cases) {
  test(`reports ${name}`, async () => {
    const { errors } = await load(files);
    assert.match(errors.join('\n'), expected);
  });
}
