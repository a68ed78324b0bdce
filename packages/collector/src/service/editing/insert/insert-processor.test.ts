import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { Document, parse, parseDocument } from 'yaml';
import { insertProcessor } from './insert-processor.ts';

const FRAGMENT = `processors:
  filter/debug:
    logs:
      log_record:
        - "severity_number < 9 and body != \\"$$x\\""
`;
const SETTINGS = { logs: { log_record: ['severity_number < 9 and body != "$$x"'] } };
const insert = (text: string, signal = 'logs', configuration = FRAGMENT) =>
  insertProcessor({ text, signal, configuration });

/** Returns the lines that only one of two texts has. */
function difference(before: string, after: string): readonly string[] {
  const old = before.split('\n');
  return after.split('\n').filter((line) => !old.includes(line));
}

const CONFIG = `# the shop
receivers: {otlp: {}}   # all of it
processors:
    memory_limiter: {limit: 1GiB}
    batch:
        timeout:   200ms  # as measured
    # nothing more

exporters:
    store:
connectors:
    count: {}
service:
    pipelines:
        logs:
            receivers: [otlp]
            processors: [ memory_limiter,  batch ] # keep the order
            exporters: [store]
        logs/slow:
            receivers: [count]
            processors:
                - memory_limiter
                # last
                - 'batch'
                - batch/2
            exporters: [store]
        logs/count: {receivers: [otlp], exporters: [count]}
        logs/plain:
            receivers: [otlp]
            exporters: [store]
        traces: {receivers: [otlp], exporters: [store]}
`;

test('changes only the lines concerned: before batch, in pipelines of the signal with an exporter', () => {
  const { text, processor, pipelines } = insert(CONFIG);
  assert.equal(processor, 'filter/debug');
  assert.deepEqual(pipelines, ['logs', 'logs/slow', 'logs/plain']);
  assert.deepEqual(difference(CONFIG, text), [
    '    filter/debug:',
    '      logs:',
    '        log_record:',
    '          - severity_number < 9 and body != "$$x"',
    '            processors: [ memory_limiter, filter/debug,  batch ] # keep the order',
    '                - filter/debug',
    '            processors: [filter/debug]',
  ]);
  assert.match(text, /- memory_limiter\n {16}- filter\/debug\n {16}# last\n {16}- 'batch'/);
  assert.match(text, /timeout: {3}200ms {2}# as measured\n {4}filter\/debug:/);
  assert.equal(insert(text).text, text, 'what is there already is not inserted again');
});

test('keeps the processors of other pipelines that share a list, a mapping or its keys', () => {
  const shared = `receivers: {otlp: {}}
processors: {batch: {}}
exporters: {nop: {}}
base: &base {receivers: [otlp], exporters: [nop]}
service:
  pipelines:
    logs: {receivers: [otlp], processors: &common [batch], exporters: [nop]}
    logs/2: {receivers: [otlp], processors: *common, exporters: [nop]}
    traces: {receivers: [otlp], processors: *common, exporters: [nop]}
    logs/3:
      <<: *base
`;
  const { service } = parse(insert(shared).text, { merge: true });
  const lists = Object.values(service.pipelines).map((pipeline) => (pipeline as { processors: unknown }).processors);
  assert.deepEqual(lists, [['filter/debug', 'batch'], ['filter/debug', 'batch'], ['batch'], ['filter/debug']]);
});

test('takes a free name, keeps line endings, and extends empty sections and JSON', () => {
  const other = CONFIG.replace('    batch:', '    filter/debug: {logs: {}}\n    batch:');
  assert.equal(insert(other).processor, 'filter/debug_2');
  const windows = CONFIG.replaceAll('\n', '\r\n');
  assert.doesNotMatch(insert(windows).text, /[^\r]\n/);
  const pipelines = 'exporters: {nop: }\nservice: {pipelines: {logs: {exporters: [nop]}}}';
  for (const section of ['', 'processors:\n', 'processors: {}\n', 'processors: # none\n', 'processors: null\n']) {
    const { text } = insert(`${section}${pipelines}`);
    assert.deepEqual(parse(text).processors, { 'filter/debug': SETTINGS }, section);
    assert.deepEqual(parse(text).service.pipelines.logs.processors, ['filter/debug']);
  }
  const json = JSON.stringify(parse(CONFIG));
  assert.deepEqual(parse(insert(json).text).processors['filter/debug'], SETTINGS);
});

test('says why a text or a fragment cannot be used', () => {
  const levels = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1}, `.repeat(i === 0 ? 0 : 9)}x]`);
  const texts: readonly (readonly [string, RegExp])[] = [
    ['', /text: expected a mapping/],
    ['[1, 2', /text:1:\d+: expected valid YAML/],
    [`${levels.join('\n')}\n${CONFIG}`, /text: expected aliases that can be resolved/],
    [`${'{a: '.repeat(5000)}${'}'.repeat(5000)}`, /^text:/],
    ['service: {}', /service\.pipelines: expected a mapping, got none/],
    ['service: {pipelines: {logs: [1]}}', /service\.pipelines\.logs: expected a mapping/],
    ['service: {pipelines: {logs: {processors: {a: 1}}}}', /logs\.processors: expected a list of IDs/],
    ['service::pipelines::logs::exporters: [nop]', /service: expected a mapping, got none/],
    ['service: {pipelines: {traces: {exporters: [nop]}}}', /expected a pipeline of logs with an exporter, got traces/],
    ['processors: [a]\nservice: {pipelines: {logs: {exporters: [nop]}}}', /add filter\/debug by hand/],
    ['\0\uFFFF\u202E', /text/],
  ];
  for (const [text, message] of texts)
    assert.throws(() => insert(text), { name: 'DraftError', message }, text.slice(0, 60));
  const fragments = [
    '',
    'processors: {}',
    'processors: {a: , b: }',
    'processors: {a: }\nexporters: {}',
    'processors: {"a: b": }',
  ];
  for (const fragment of [...fragments, 'processors: {__proto__: {}}', 'processors: {"a/../x y": }'])
    assert.throws(() => insert(CONFIG, 'logs', fragment), { name: 'DraftError', message: /^configuration/ }, fragment);
});

const id = fc.stringMatching(/^[a-z]{1,4}(\/[a-z0-9_.-]{1,6})?$/);
const scalar = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null));
const settings = fc.oneof(
  fc.constant(null),
  fc.dictionary(fc.string({ minLength: 1, maxLength: 6 }), fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), {
    maxKeys: 3,
  }),
);
const pipeline = fc.record(
  {
    receivers: fc.array(id, { maxLength: 2 }),
    processors: fc.array(id, { maxLength: 4 }),
    exporters: fc.array(id, { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const configuration = fc.record(
  {
    receivers: fc.dictionary(id, settings, { maxKeys: 2 }),
    processors: fc.oneof(fc.constant(null), fc.dictionary(id, settings, { maxKeys: 3 })),
    connectors: fc.dictionary(id, settings, { maxKeys: 1 }),
    service: fc.record({
      pipelines: fc.dictionary(fc.constantFrom('logs', 'logs/2', 'traces', 'metrics/x'), pipeline, { minKeys: 1 }),
    }),
  },
  { requiredKeys: ['service'] },
);
const style = fc.record({
  indent: fc.integer({ min: 1, max: 6 }),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
  lineWidth: fc.constantFrom(0, 40, 80),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL'),
} as const);

test('generated configurations in all styles contain the processor, and everything else as before', () => {
  fc.assert(
    fc.property(configuration, style, fc.boolean(), (value, options, hasNewline) => {
      const { collectionStyle, ...written } = options;
      const source = new Document(value).toString({ ...written, collectionStyle });
      const text = hasNewline ? source : source.trimEnd();
      // The writer of `yaml` makes texts that its reader rejects, of empty lists in block style.
      fc.pre(parseDocument(text).errors.length === 0);
      const before = parse(text);
      let inserted: ReturnType<typeof insert>;
      try {
        inserted = insert(text);
      } catch (error) {
        // No pipeline of the signal has an exporter.
        assert.match(String(error), /expected a pipeline of logs with an exporter/);
        return;
      }
      const after = parse(inserted.text);
      assert.deepEqual(after.processors[inserted.processor], SETTINGS);
      for (const [name, one] of Object.entries<{ processors?: string[] }>(after.service.pipelines)) {
        const old = before.service.pipelines[name].processors ?? [];
        const isJoined = inserted.pipelines.includes(name);
        assert.deepEqual(
          (one.processors ?? []).filter((item) => item !== inserted.processor),
          old,
        );
        assert.equal(one.processors?.includes(inserted.processor) ?? false, isJoined);
        one.processors = before.service.pipelines[name].processors;
      }
      delete after.processors[inserted.processor];
      const rest = (all: object): unknown => JSON.parse(JSON.stringify({ ...all, processors: {} }));
      assert.deepEqual(rest(after), rest(before));
      assert.deepEqual(after.processors, before.processors ?? {});
    }),
    seeded({ numRuns: 150 }),
  );
});
