import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { processorContract } from '@otelier/testkit/component-contract';
import { batchOf } from '@otelier/testkit/request-codec';
import { sendSpans, untilLogged, withFunction } from '../functions/function-bench.testing.ts';
import { functionProcessor } from './function.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-function-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const keeps = join(directory, 'keeps.ts');
writeFileSync(keeps, `import { filterSpans } from 'otelier';\nexport const keep = filterSpans(() => true);\n`);

processorContract(functionProcessor, { config: { file: keeps, function: 'keep' }, signals: ['traces'] });

test('keeps the spans for which the function returns true, and counts the others', () =>
  withFunction(
    'traces',
    `import { filterSpans } from 'otelier';
    const unwanted: string = 'GET /healthz';
    export const tested = filterSpans((span) => span.name !== unwanted);`,
    async (bench) => {
      assert.deepEqual(await sendSpans(bench, 'GET /cart', 'GET /healthz', 'POST /cart'), ['GET /cart', 'POST /cart']);
      assert.deepEqual(await sendSpans(bench, 'GET /healthz'), []);
      assert.deepEqual(bench.dropped(), { filtered: 2 });
      assert.equal(bench.error(), undefined);
    },
  ));

test('changes spans, log records and data points', async () => {
  const spans = { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'GET /cart/7' }] }] }] };
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ severityNumber: 9 }, { severityNumber: 17 }] }] }] };
  const points = [{ asDouble: 1 }, { asDouble: 5 }];
  const metrics = {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'heap', gauge: { dataPoints: points } }] }] }],
  };
  const cases = [
    [
      'traces',
      spans,
      `mapSpans((span) => { span.name = span.name.replace(/\\d+/, ':id'); span.setStatus(2, 'bad'); span.attributes.set('env', 'prod'); })`,
      /"name":"GET \/cart\/:id".*"message":"bad".*"env"/,
    ],
    [
      'logs',
      logs,
      `mapLogs((record) => record.attributes.set('severe', record.severityNumber >= 17))`,
      /"boolValue":false.*"boolValue":true/,
    ],
    [
      'logs',
      logs,
      'filterLogs((record) => record.severityNumber >= 17)',
      /^(?!.*"severityNumber":9).*"severityNumber":17/,
    ],
    [
      'metrics',
      metrics,
      `mapDataPoints((point, metric) => { point.attributes.set('of', metric.name); })`,
      /"heap".*"of".*"of"/,
    ],
    [
      'metrics',
      metrics,
      'filterDataPoints((point, { name }) => name === "heap" && point.value === 5)',
      /^(?!.*"asDouble":1).*"asDouble":5/,
    ],
  ] as const;
  for (const [signal, json, expression, expected] of cases) {
    const creator = expression.slice(0, expression.indexOf('('));
    const module = `import { ${creator} } from 'otelier';\nexport const tested = ${expression};`;
    await withFunction(signal, module, async (bench) => {
      assert.equal((await bench.send(batchOf(signal, json))).kind, 'accepted');
      const output = bench.received.flatMap(({ parts }) => parts.map((part) => requestToJson(signal, part))).join('');
      assert.match(output, expected);
    });
  }
});

const THROWS = `import { filterSpans } from 'otelier';

export const tested = filterSpans((span) => {
  if (span.name === 'bad') throw new RangeError('mine');
  return span.name !== 'unwanted';
});`;

test('error_mode ignore keeps the item for which the function throws, and logs the first failure with its position', () =>
  withFunction('traces', THROWS, async (bench, { file }) => {
    assert.deepEqual(await sendSpans(bench, 'good', 'bad', 'unwanted'), ['good', 'bad']);
    assert.deepEqual(await sendSpans(bench, 'bad'), ['bad']);
    assert.deepEqual(bench.dropped(), { filtered: 1 });
    const failures = bench.logs.filter(({ msg }) => msg === 'function failed');
    assert.equal(failures.length, 1);
    assert.equal(failures[0]?.['reason'], `RangeError: mine (${file('functions.ts')}:4:34)`);
    assert.match(bench.error() ?? '', /^function failed: RangeError: mine/);
  }));

test('error_mode drop drops the item for which the function throws', () =>
  withFunction(
    'traces',
    THROWS,
    async (bench) => {
      assert.deepEqual(await sendSpans(bench, 'good', 'bad', 'unwanted'), ['good']);
      assert.deepEqual(bench.dropped(), { filtered: 1, function_failed: 1 });
    },
    { config: { error_mode: 'drop' } },
  ));

test('error_mode propagate refuses the batch with the reason', () =>
  withFunction(
    'traces',
    THROWS,
    async (bench) => {
      const outcome = await bench.send(
        batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'bad' }] }] }] }),
      );
      assert.match(outcome.kind === 'refused' ? outcome.reason : '', /^the function failed: RangeError: mine \(/);
      assert.deepEqual(await sendSpans(bench, 'good'), ['good']);
      assert.equal(bench.received.length, 1);
    },
    { config: { error_mode: 'propagate' } },
  ));

test('a function that returns anything but true or false fails', () =>
  withFunction(
    'traces',
    `import { filterSpans } from 'otelier';\nexport const tested = filterSpans(async () => false);`,
    async (bench) => {
      assert.deepEqual(await sendSpans(bench, 'a'), ['a']);
      assert.match(bench.error() ?? '', /expected true or false, got a promise: the function must not be async/);
    },
  ));

const HANGS = `import { filterSpans } from 'otelier';
export const tested = filterSpans((span) => {
  if (span.name === 'exits') process.exit(3);
  if (span.name === 'fills') for (const all: string[] = []; ; ) all.push('x'.repeat(1000) + all.length);
  while (span.name === 'hangs');
  return span.name !== 'unwanted';
});`;

for (const [name, reason] of [
  ['hangs', /took longer than 300 ms for a batch/],
  ['exits', /thread ended: its thread exited/],
] as const) {
  test(`a function that ${name} fails for its batch only, and the next batches have a new thread`, () =>
    withFunction(
      'traces',
      HANGS,
      async (bench) => {
        // The batches behind the failing one were already sent to its thread.
        const all = await Promise.all([
          bench.send(spansOf('good')),
          bench.send(spansOf(name, 'good')),
          bench.send(spansOf('good', 'unwanted')),
        ]);
        assert.deepEqual(
          all.map(({ kind }) => kind),
          ['accepted', 'accepted', 'accepted'],
        );
        assert.deepEqual(bench.dropped(), { filtered: 1, function_failed: 2 });
        assert.equal(
          bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0),
          2,
        );
        assert.match(bench.error() ?? '', reason);
        assert.deepEqual(await sendSpans(bench, 'good'), ['good']);
      },
      { config: { error_mode: 'drop', timeout: '300ms' } },
    ));
}

test('saving the file replaces the function; a file with errors keeps the old one and reports why, once', () =>
  withFunction('traces', filterOf('a'), async (bench, directory) => {
    assert.deepEqual(await sendSpans(bench, 'a', 'b', 'c'), ['b', 'c']);
    await directory.save('functions.ts', filterOf('b'));
    await untilLogged(bench, 'functions replaced');
    assert.deepEqual(await sendSpans(bench, 'a', 'b', 'c'), ['a', 'c']);

    await directory.save('functions.ts', filterOf('c').replace('=>', '= >'));
    const { reason } = await untilLogged(bench, 'functions not replaced, using the previous ones');
    assert.match(String(reason), /functions\.ts:2:\d+: SyntaxError: /);
    assert.match(bench.error() ?? '', /^using the previous functions: .*functions\.ts:2:/);
    assert.deepEqual(await sendSpans(bench, 'a', 'b', 'c'), ['a', 'c']);

    await directory.save(
      'functions.ts',
      `import { filterLogs } from 'otelier';\nexport const tested = filterLogs(() => true);`,
    );
    const other = await untilLogged(bench, 'functions not replaced, using the previous ones', 2);
    assert.match(String(other['reason']), /expected a function for traces, got "tested", which filterLogs created$/);

    await directory.save('functions.ts', filterOf('c'));
    await untilLogged(bench, 'functions replaced', 2);
    assert.deepEqual(await sendSpans(bench, 'a', 'b', 'c'), ['a', 'b']);
    assert.equal(bench.error(), undefined);
    assert.equal(bench.logs.filter(({ msg }) => String(msg).startsWith('functions not replaced')).length, 2);
  }));

test('saving the file replaces the function while another file of its directory changes all the time', () =>
  withFunction('traces', filterOf('a'), async (bench, directory) => {
    const changing = setInterval(() => writeFileSync(directory.file('out'), 'x'), 10);
    try {
      await directory.save('functions.ts', filterOf('b'));
      await untilLogged(bench, 'functions replaced');
      assert.deepEqual(await sendSpans(bench, 'a', 'b', 'c'), ['a', 'c']);
    } finally {
      clearInterval(changing);
    }
  }));

test('versions share memory, so that replaced ones need none until the garbage collector runs', () =>
  withFunction('traces', filterOf('0'), async (bench, directory) => {
    const before = process.memoryUsage().arrayBuffers;
    for (let version = 1; version <= 6; version++) {
      await directory.save('functions.ts', filterOf(String(version)));
      await untilLogged(bench, 'functions replaced', version);
      assert.deepEqual(await sendSpans(bench, 'kept', String(version)), ['kept']);
    }
    const grown = (process.memoryUsage().arrayBuffers - before) / 2 ** 20;
    // Each version has 8 MiB. Two run at the same time while the file is saved.
    assert.ok(grown < 20, `${grown.toFixed(1)} MiB`);
  }));

test('saving an imported file replaces the function, and a replaced thread after a crash runs the version in use', () =>
  withFunction('traces', filterOf('a'), async (bench, directory) => {
    await directory.save('names.ts', `export const exits: string = 'a';`);
    const text = `import { filterSpans } from 'otelier';
      import { exits } from './names.ts';
      export const tested = filterSpans((span) => span.name === exits ? process.exit() : true);`;
    await directory.save('functions.ts', text);
    await untilLogged(bench, 'functions replaced');
    await directory.save('names.ts', `export const exits: string = 'b';`);
    await untilLogged(bench, 'functions replaced', 2);
    await directory.save('names.ts', 'export const = 1;');
    await untilLogged(bench, 'functions not replaced, using the previous ones');
    assert.deepEqual(await sendSpans(bench, 'b'), ['b']);
    assert.match(bench.error() ?? '', /^using the previous functions: .*names\.ts:1:14: /);
    assert.deepEqual(await sendSpans(bench, 'a'), ['a']);
    assert.equal(bench.logs.filter(({ msg }) => msg === 'function failed').length, 1);
  }));

for (const [module, config, message] of [
  ['export const other = 1;', {}, /expected a function "tested", got no functions$/],
  [
    `import { filterLogs } from 'otelier';\nexport const tested = filterLogs(() => true);`,
    {},
    /expected a function for traces, got "tested"/,
  ],
  ['export const tested: = 1;', {}, /functions\.ts:1:22: SyntaxError: /],
  [
    `import { filterSpans } from 'otelier';\nexport const tested = filterSpans(1);`,
    {},
    /functions\.ts:2:23: TypeError: filterSpans: expected a function, got number$/,
  ],
  [`import './absent.ts';`, {}, /functions\.ts: Error: Cannot find module/],
  ['', { timeout: '0s' }, /timeout: expected a duration above 0, got 0/],
  ['', { file: './absent.ts' }, /file: expected a module, got "\.\/absent\.ts": there is no such file$/],
] as const) {
  test(`does not start with ${JSON.stringify(module || config)}`, () =>
    assert.rejects(
      withFunction('traces', module, async () => undefined, { config }),
      message,
    ));
}

function filterOf(unwanted: string): string {
  return `import { filterSpans } from 'otelier';\nexport const tested = filterSpans((span) => span.name !== '${unwanted}');`;
}

function spansOf(...names: string[]) {
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: names.map((name) => ({ name })) }] }] });
}
