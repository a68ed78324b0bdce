import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { registry } from '../registry.generated.ts';
import { formatConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';

const VALID = `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 127.0.0.1:4317
      http:
        endpoint: 127.0.0.1:4318
processors:
  batch:
    timeout: 1s
    send_batch_size: 100
exporters:
  otlp_http:
    endpoint: http://backend:4318
    retry_on_failure:
      max_interval: 10s
  debug:
extensions:
  health_check:
    endpoint: 127.0.0.1:13133
service:
  extensions: [health_check]
  pipelines:
    traces/main:
      receivers: [otlp]
      processors: [batch]
      exporters: [otlp_http, debug]
`;

async function load(text: string) {
  return loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
}

async function errorsOf(text: string): Promise<string[]> {
  return (await load(text)).errors.map(formatConfigError);
}

/** Applies changes to the valid configuration and returns the resulting errors. */
async function errorsAfter(...changes: readonly (readonly [from: string, to: string])[]): Promise<string[]> {
  let text = VALID;
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from);
    text = text.replace(from, to);
  }
  return errorsOf(text);
}

test('accepts the configuration that the other tests change', async () => {
  assert.deepEqual(await errorsOf(VALID), []);
});

test('names a duplicate key with both lines, and reports further mistakes', async () => {
  assert.deepEqual(await errorsAfter(['  debug:\n', '  debug:\n  otlp_http:\n'], ['timeout: 1s', 'timeout: soon']), [
    'c.yaml:10:14: processors.batch.timeout: expected a duration such as "200ms", "5s" or "1h30m", got "soon"',
    'c.yaml:18:3: exporters.otlp_http: expected each key once, got "otlp_http" again after line 13',
  ]);
  assert.deepEqual(await errorsOf(`${VALID}exporters:\n  nop:\n`), [
    'c.yaml:28:1: exporters: expected each key once, got "exporters" again after line 12',
  ]);
});

test('names a tab in the indentation once, at its line, and reports further mistakes', async () => {
  assert.deepEqual(await errorsAfter(['    timeout: 1s', '\ttimeout: soon']), [
    'c.yaml:10:1: expected spaces for indentation, got a tab',
    'c.yaml:10:11: processors.batch.timeout: expected a duration such as "200ms", "5s" or "1h30m", got "soon"',
  ]);
  const [tabs, ...others] = await errorsOf(VALID.replaceAll('  ', '\t'));
  assert.match(tabs ?? '', /^c\.yaml:2:1: expected spaces for indentation, got tabs in lines 2, 3, 4, .* and 27$/);
  assert.deepEqual(others, []);
});

test('reports one error for a syntax error, at the character to change, and the mistakes of other sections', async () => {
  const soon =
    'c.yaml:10:14: processors.batch.timeout: expected a duration such as "200ms", "5s" or "1h30m", got "soon"';
  for (const [from, to, expected] of [
    ['[otlp]', '[otlp', 'c.yaml:25:18: expected "]" that closes this "[", got none'],
    ['[otlp]', '[otlp]]', 'c.yaml:25:24: expected "[" before this "]", got none'],
    ['[otlp]', '{a: {b: c}', 'c.yaml:25:18: expected "}" that closes this "{", got none'],
    ['[otlp]', '{a: b c: d}', 'c.yaml:25:22: expected a comma between two entries, got another ":"'],
    ['[otlp]', '["otlp]', `c.yaml:25:19: expected '"' that closes this '"', got none`],
    ['[otlp]', 'a: b', 'c.yaml:25:18: expected one ":" with a space in a line, got another; put the value in quotes'],
    ['[otlp]', '@x', 'c.yaml:25:18: expected quotes around a value that begins with "@", got none'],
    ['receivers: [otlp]', 'receivers:[otlp]', 'c.yaml:25:17: expected a space after "receivers:", got none'],
    [
      'extensions: [',
      ' extensions: [',
      'c.yaml:23:3: expected the indentation of a line above, got another at "pipelines"',
    ],
    ['pipelines:', 'pipelines', 'c.yaml:23:3: expected a key with ":", got "pipelines"'],
  ] as const) {
    assert.deepEqual(await errorsAfter([from, to], ['timeout: 1s', 'timeout: soon']), [soon, expected], to);
  }
  assert.deepEqual(await errorsOf(`${VALID}---\na: 1\n`), [
    'c.yaml:28:1: expected one document, got another after "---"',
  ]);
});

test('never prints a value near a syntax error, because it can be a secret', async () => {
  for (const value of [
    '@hunter2',
    'hunter2: x',
    '{a hunter2: b: c}',
    '"hunter2',
    '[hunter2',
    '"\\hunter2"',
    '%hunter2',
    '|\nhunter2',
    '&a &b hunter2',
    '!!int hunter2',
    '{hunter2: 1 2: 3}',
    '*hunter2 x',
  ]) {
    const lines = await errorsAfter(['    send_batch_size: 100', `    password: ${value}`]);
    assert.ok(lines.length > 0, value);
    assert.doesNotMatch(lines.join('\n'), /hunter2/, value);
  }
});

test('reports an alias without an anchor', async () => {
  assert.deepEqual(await errorsAfter(['timeout: 1s', 'timeout: *common']), [
    'c.yaml:10:14: processors.batch.timeout: expected an alias of an anchor above it, got "*common"',
  ]);
});

test('a misspelled key causes one error, and mistakes below it are reported', async () => {
  for (const [from, to, ...expected] of [
    ['receivers:\n  otlp', 'recievers:\n  otlp', /^c\.yaml:1:1: recievers: .*; did you mean "receivers"\?$/],
    ['exporters:\n', 'exporter:\n', /^c\.yaml:12:1: exporter: .*; did you mean "exporters"\?$/],
    ['service:', 'servce:', /^c\.yaml:21:1: servce: .*; did you mean "service"\?$/],
    ['pipelines:', 'pipeline:', /^c\.yaml:23:3: service\.pipeline: .*; did you mean "pipelines"\?$/],
    [
      'exporters: [',
      'exporter: [',
      /^c\.yaml:27:7: service\.pipelines\."?traces\/main"?\.exporter: .*; did you mean "exporters"\?$/,
    ],
    ['traces/main:', 'trace/main:', /^c\.yaml:24:5: service\.pipelines\.trace\/main: .*; did you mean "traces"\?$/],
    ['  otlp_http:', '  otlp_htp:', /^c\.yaml:13:3: exporters\.otlp_htp: .*; did you mean "otlp_http"\?$/],
    [
      '    endpoint: http',
      '    endpont: http',
      /^c\.yaml:14:5: exporters\.otlp_http\.endpont: .*; did you mean "endpoint"\?$/,
    ],
    [
      '    protocols:\n      grpc:\n        endpoint: 127.0.0.1:4317',
      '    protocls:\n      grpc:\n        endpoint: 127.0.0.1:notaport',
      /^c\.yaml:3:5: receivers\.otlp\.protocls: .*; did you mean "protocols"\?$/,
      /^c\.yaml:5:19: receivers\.otlp\.protocls\.grpc\.endpoint: expected host:port, .*, got "127\.0\.0\.1:notaport"$/,
    ],
  ] as const) {
    const lines = await errorsAfter([from, to]);
    assert.equal(lines.length, expected.length, lines.join('\n'));
    for (const [index, pattern] of expected.entries()) assert.match(lines[index] ?? '', pattern);
  }
});

test('suggests only names that have most letters in common', async () => {
  const [foo] = await errorsAfter(['  debug:', '  foo:'], [', debug]', ', foo]']);
  assert.match(foo ?? '', /got unknown exporter type "foo"$/);
  const [signal] = await errorsAfter(['traces/main:', 'foo:']);
  assert.match(signal ?? '', /got "foo"$/);
  for (const [typo, name] of [
    ['dbug', 'debug'],
    ['npo', 'nop'],
    ['fil', 'file'],
    ['otpl_http', 'otlp_http'],
  ]) {
    const [error] = await errorsAfter(['  debug:', `  ${typo}:`], [', debug]', `, ${typo}]`]);
    assert.ok(error?.endsWith(`; did you mean "${name}"?`), error);
  }
});

test('says what was written once, and no password', async () => {
  const endpoint = 'c.yaml:14:15: exporters.otlp_http.endpoint: expected ';
  for (const [written, expected] of [
    ['backend', 'host:port, [ipv6]:port or unix:/path, got "backend"'],
    ['http://', 'host:port or a URL, got "http://"'],
    [
      'http://user:hunter2@backend',
      'a URL without user and password; use authentication or headers instead, got "http://…@backend"',
    ],
  ] as const) {
    assert.deepEqual(await errorsAfter(['http://backend:4318', written]), [endpoint + expected]);
  }
  assert.deepEqual(await errorsAfter(['    timeout: 1s\n    send_batch_size: 100', '    timeout:1s']), [
    'c.yaml:10:5: processors.batch: expected a mapping, got "timeout:1s" without a space after ":"',
  ]);
});

/** The key occurrences in the valid configuration. */
const KEYS = [...VALID.matchAll(/([a-z_]{4,})(?=[:/])/g)].filter(([name]) => !/^(http|backend|main)$/.test(name));

test('every single typo in a key is one error at its position', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...KEYS),
      fc.nat(),
      fc.constantFrom('drop', 'double', 'swap'),
      async (key, at, how) => {
        const [name] = key;
        const index = 1 + (at % (name.length - 2));
        const [left, letter, right] = [name.slice(0, index), name.charAt(index), name.slice(index + 1)];
        const typo = {
          drop: left + right,
          double: left + letter + letter + right,
          swap: left.slice(0, -1) + letter + left.slice(-1) + right,
        }[how];
        // The swapped letters may be equal, or the result may be another component's name.
        if (typo === name || typo === 'otlphttp') return;
        const text = VALID.slice(0, key.index) + typo + VALID.slice(key.index + name.length);
        const before = VALID.slice(0, key.index).split('\n');
        const lines = await errorsOf(text);
        assert.equal(lines.length, 1, `${typo}: ${lines.join('\n')}`);
        const position = `c.yaml:${before.length}:${(before.at(-1)?.length ?? 0) + 1}: `;
        assert.ok(lines[0]?.startsWith(position) && lines[0].endsWith('?'), `${typo}: ${lines[0]}`);
      },
    ),
    { seed: 12, numRuns: 400 },
  );
});

test('every missing or additional bracket is one error', async () => {
  const flow = VALID.replace(
    /( {2})otlp_http:\n[\s\S]*?max_interval: 10s\n/,
    '  otlp_http: {endpoint: "http://a:1", retry_on_failure: {max_interval: 10s}, headers: {a: "[b]", c: d}}\n',
  );
  assert.deepEqual(await errorsOf(flow), []);
  const start = flow.indexOf('otlp_http: {');
  const brackets = [...flow.matchAll(/[{}[\]"]/g)].filter(({ index, 0: bracket }) =>
    bracket !== '[' && bracket !== ']'
      ? index >= start
      : flow.charAt(index - 1) !== '"' && flow.charAt(index + 1) !== '"',
  );
  for (const { index, 0: bracket } of brackets) {
    const missing = await errorsOf(flow.slice(0, index) + flow.slice(index + 1));
    assert.equal(missing.length, 1, `without ${bracket} at ${index}: ${missing.join('\n')}`);
    if (bracket === '"') continue;
    const double = await errorsOf(flow.slice(0, index) + bracket + flow.slice(index));
    assert.equal(double.length, 1, `with ${bracket} twice at ${index}: ${double.join('\n')}`);
  }
});
