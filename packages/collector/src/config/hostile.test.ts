import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { registry } from '../registry.generated.ts';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

/** Maximum CPU time per configuration, a hundred times what most need: exponential time exceeds it. */
const MAX_CPU_MILLIS = 30_000;

/**
 * Loads a configuration. Fails if it takes too long, or if an error is not a single line of bounded length with a
 * position.
 */
async function load(text: string, settings: readonly string[] = []) {
  const before = process.cpuUsage();
  const sources = [{ name: 'hostile.yaml', text }];
  const loaded = await loadConfig({ sources, settings, environment: { A: '1', SELF: `\${env:SELF}` }, registry });
  const { user, system } = process.cpuUsage(before);
  const millis = (user + system) / 1000;
  assert.ok(millis < MAX_CPU_MILLIS, `${Math.round(millis)} ms of CPU for ${text.length} characters`);
  const lines = loaded.errors.map(formatConfigError);
  for (const line of lines) {
    assert.match(line, /^(hostile\.yaml|--set):(\d+:\d+:)? /);
    assert.ok(line.length < 2_000 && !/\p{Cc}/u.test(line), JSON.stringify(line.slice(0, 300)));
  }
  return { ok: loaded.ok, text: lines.join('\n') };
}

const VALID = `
receivers: { otlp: { protocols: { http: {} } } }
exporters: { nop: {} }
service: { pipelines: { traces: { receivers: [otlp], exporters: [nop] } } }
`;

test('rejects recursive aliases and endless nesting, naming the line', async () => {
  assert.match((await load(`x: &a [*a]\n${VALID}`)).text, /hostile\.yaml:1:\d+: .*\*a, which contains itself/);
  assert.match((await load(`\nx: &a { b: { c: *a } }\n${VALID}`)).text, /hostile\.yaml:2:\d+: .*contains itself/);
  assert.match((await load(`x: &a { <<: *a }\n${VALID}`)).text, /contains itself/);
  for (const depth of [101, 1_000, 20_000]) {
    const deep = await load(`x: ${'['.repeat(depth)}${']'.repeat(depth)}\n${VALID}`);
    assert.match(deep.text, /^hostile\.yaml:\d+:\d+: (x: )?expected /m);
    assert.equal((await load(VALID, [`${'a.'.repeat(depth)}b=1`])).ok, false);
    assert.equal((await load(VALID, [`a=${'['.repeat(depth)}${']'.repeat(depth)}`])).ok, false);
  }
  const block = Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
  assert.match((await load(block)).text, /expected at most 100 levels of nesting/);
  assert.equal((await load(`receivers: ${'{ a: '.repeat(90)}`)).ok, false);
});

test('bounds nested defaults of variables and reads broken references in linear time', async () => {
  const nested = (depth: number) => `${'${env:NONE:-'.repeat(depth)}x${'}'.repeat(depth)}`;
  assert.match((await load(`exporters: { nop: "${nested(30)}" }`)).text, /expected at most 20 defaults/);
  assert.doesNotMatch((await load(`exporters: { nop: "${nested(10)}" }`)).text, /defaults/);
  for (const text of [nested(50_000), '${'.repeat(200_000), '$'.repeat(200_000), `\${env:A}`.repeat(20_000)]) {
    await load(`exporters: { nop: "${text}" }`);
  }
  await load(`exporters: { nop: "\${env:SELF}" }`);
});

test('accepts property names of objects as ordinary names', async () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const variable = await load(`${VALID}\nextensions: { health_check: { path: "/\${env:${name}}" } }`);
    assert.match(variable.text, new RegExp(`warning: environment variable ${name} is not set`));
    assert.match((await load(`${VALID}\n${name}: {}`)).text, /expected one of receivers/);
    assert.match((await load(`exporters: { ${name}: {} }`)).text, /(unknown exporter type|expected an id)/);
    assert.match((await load(`exporters: { nop: { ${name}: 1 } }`)).text, new RegExp(`got "${name}"`));
    assert.match((await load(`service: { pipelines: { ${name}: {} } }`)).text, /expected a pipeline named after/);
    assert.equal((await load(VALID, [`${name}.x=1`])).ok, false);
    const headers = `exporters: { otlp_http: { endpoint: "http://x", headers: { ${name}: a } } }`;
    assert.doesNotMatch((await load(headers)).text, /headers/);
  }
  assert.equal(({} as Record<string, unknown>)['x'], undefined);
});

test('suggests nothing for long names and rejects duplicate keys', async () => {
  const long = 'x'.repeat(100_000);
  for (const text of [
    `receivers: { ${long}: {} }`,
    `receivers: { otlp: { ${long}: {} } }`,
    `${long}: {}`,
    `service: { pipelines: { ${long}: {}, traces: { receivers: [${long}], exporters: [b/${long}] } } }`,
    `exporters: { nop/${long}: {}, nop/${long}y: {} }\nservice: { pipelines: { traces: { exporters: [nop/${long}z] } } }`,
    `exporters: { nop: { "a\\nb\\u0000c": 1 } }`,
  ]) {
    assert.equal((await load(text)).ok, false);
  }
  assert.match(
    (await load(`exporters:\n  nop: {}\n  nop: {}\n`)).text,
    /hostile\.yaml:3:3: .*each key once, got "nop"/,
  );
});

test('checks a megabyte of valid or invalid components within seconds', async () => {
  const ids = Array.from({ length: 50_000 }, (_, index) => `nop/${index}`);
  const exporters = `exporters:\n${ids.map((id) => `  ${id}: {}`).join('\n')}\n`;
  const pipelines = (names: readonly string[]) =>
    `receivers: { otlp: { protocols: { http: {} } } }\nservice: { pipelines: { traces: { receivers: [otlp], exporters: [${names.join(', ')}] } } }\n`;
  for (const names of [ids, ids.map((id) => `${id}x`)]) {
    const { ok } = await load(`${exporters}${pipelines(names)}`);
    assert.equal(ok, names === ids);
  }
});

test('follows chains and cycles of thousands of connectors without recursion', async () => {
  const count = 3_000;
  const ids = Array.from({ length: count }, (_, index) => `forward/${index}`);
  const pipelines = (last: string) =>
    ids.map((id, index) => `    traces/${index}: { receivers: [${id}], exporters: [${ids[index + 1] ?? last}] }`);
  const text = (last: string) =>
    `exporters: { nop: {} }\nconnectors:\n${ids.map((id) => `  ${id}: {}`).join('\n')}\nservice:\n  pipelines:\n${pipelines(last).join('\n')}\n`;
  assert.doesNotMatch((await load(text('nop'))).text, /ring/);
  assert.match((await load(text('forward/0'))).text, /expected pipelines without a cycle/);
});

test('accepts any generated configuration or reports errors with a position', async () => {
  const token = fc.constantFrom(
    ...['receivers', 'exporters', 'service', 'pipelines', 'traces', 'otlp', 'nop', 'constructor', '__proto__', '<<'],
    ...[
      '&a',
      '*a',
      '!!binary',
      '? ',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      ',',
      '|',
      '>',
      '"',
      "'",
      '#',
      '%YAML',
      '---',
      '...',
    ],
    ...[
      '${env:',
      '${',
      '}',
      ':-',
      '$$',
      '\n',
      '\n  ',
      '\n    ',
      '\t',
      ' ',
      '\u0000',
      '\u2028',
      '\ud800',
      '1e999',
      '~',
      '0x',
    ],
  );
  const text = fc.array(fc.oneof(token, fc.string({ maxLength: 8 })), { maxLength: 60 }).map((parts) => parts.join(''));
  const deep = fc
    .tuple(text, fc.integer({ min: 1, max: 3_000 }), text)
    .map(([part, times, rest]) => `${rest}\nx: ${part.repeat(times)}`);
  const setting = fc.oneof(
    text,
    text.map((value) => `service.${value}=${value}`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        text,
        deep,
        text.map((part) => `${VALID}\n${part}`),
      ),
      fc.array(setting, { maxLength: 2 }),
      async (yaml, settings) => {
        await load(yaml, settings);
      },
    ),
    { seed: 10, numRuns: 500 },
  );
});
