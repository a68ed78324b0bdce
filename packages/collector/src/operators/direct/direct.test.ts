import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { createRandom } from '@otelier/testkit/otlp/random';
import { fileLog } from '../../receivers/file_log.ts';
import type { OperatorConfigs } from '../pipeline.ts';

const directory = mkdtempSync(join(tmpdir(), 'direct-'));
after(() => rmSync(directory, { recursive: true }));

const random = createRandom(7);
const pick = <T>(values: readonly T[]): T => values[random(values.length)] as T;

/** Values as JSON, also wrong ones. */
const VALUES = [
  ...[
    '"text"',
    '""',
    '"Grüße 🙂"',
    '"a\\tb\\"c\\\\"',
    '"\\u00e9\\ud83d\\ude42"',
    '"\\ud800"',
    '"a\\x"',
    '"a\tb"',
    '"open',
  ],
  ...['0', '-0', '7', '-12', '1.5', '0.1', '123456.789', '1e3', '1E-7', '01', '1.', '.5', '9007199254740993', '1e999'],
  ...['12345678901234567890', '123456789012345', '0.30000000000000004', '+1', '5.0', '1x', '-', '--1'],
  ...[
    'true',
    'false',
    'null',
    'nul',
    'truex',
    '[]',
    '{}',
    '[1,"x]",{"y":[2]}]',
    '{"a":{"b":"}"}}',
    '[1,',
    '{"a" 1}',
    '',
  ],
];
const LEVELS = ['"info"', '"WARN"', '"error2"', '"Grün"', '30', '17', '5.0', '1e1', 'true', '""', '"\\u0069nfo"', '-1'];
const TIMES = [
  ...[
    '"2026-03-04T05:06:07.123Z"',
    '"2026-03-04T05:06:07.999Z"',
    '"2026-03-04T05:06:08.001Z"',
    '"2026-03-04T05:06:08Z"',
  ],
  ...[
    '"2026-13-04T05:06:07.123Z"',
    '"2026-03-04T05:06:07.12aZ"',
    '"1969-12-31T23:59:59.500Z"',
    '"2026-03-04T05:06:07.1Z"',
  ],
  ...['"nonsense"', '1772600767123', '"1772600767124"', 'null', '"2026-03-04T05:06:07.123456789Z"'],
];
const KEYS = ['a', 'b', 'log.file.name', 'über', 'k\\u0041', 'message', '', 'trace', 'long key '.repeat(20)];

function jsonLine(): string {
  const space = () => pick(['', '', '', ' ', '\t']);
  const member = (key: string, value: string) => `"${key}"${space()}:${space()}${value}`;
  const members = [
    ...(random(8) > 0 ? [member('time', pick(TIMES))] : []),
    ...(random(8) > 0 ? [member('level', pick(LEVELS))] : []),
    ...(random(2) > 0 ? [member('trace', pick(['"0af7651916cd43dd8448eb211c80319c"', '"00"', '"zz"']))] : []),
    ...Array.from({ length: random(5) }, () => member(pick(KEYS), pick(VALUES))),
  ];
  const line = `{${space()}${members.join(`${space()},${space()}`)}${space()}}${pick(['', '', '', ' ', 'x', '{}'])}`;
  return random(20) > 0 ? line : line.slice(0, random(line.length + 1));
}

const PARTS = ['shop.cart', 'INFO', 'debug', 'a b', 'é', '', '[x]', '12', '2026-03-04T05:06:07.123Z', '-', '"q"'];
const textLine = () => Array.from({ length: random(6) }, () => pick(PARTS)).join(pick([' ', ' ', '  ', ',']));

const layout = '%Y-%m-%dT%H:%M:%S.%LZ';
const time = { parse_from: 'attributes.time', layout };
const severity = { parse_from: 'attributes.level', mapping: { fatal: 'é' } };
const trace = { trace_id: { parse_from: 'attributes.trace' } };
const regex = '^(?P<time>\\\\S+) (?P<level>[A-Za-z]+) (?P<logger>[\\\\w.]*) ?(?P<rest>.*)$$';

const OPERATORS: readonly (readonly [name: string, lines: () => string, operators: OperatorConfigs])[] = [
  ['JSON', jsonLine, [{ type: 'json_parser', timestamp: time, severity, trace }]],
  ['JSON with integers', jsonLine, [{ type: 'json_parser', parse_ints: true, severity }]],
  [
    'JSON with times as numbers',
    jsonLine,
    [{ type: 'json_parser', timestamp: { ...time, layout_type: 'epoch', layout: 'ms' }, on_error: 'drop' }],
  ],
  [
    'JSON that is changed afterwards',
    jsonLine,
    [
      { type: 'json_parser' },
      { type: 'time_parser', ...time },
      { type: 'severity_parser', parse_from: 'attributes.level', overwrite_text: true },
      { type: 'trace_parser', ...trace },
      { type: 'remove', field: 'attributes.time', on_error: 'send_quiet' },
      { type: 'move', from: 'attributes.a', to: 'attributes.b', on_error: 'send_quiet' },
      { type: 'move', from: 'attributes.message', to: 'body', on_error: 'send_quiet' },
      { type: 'move', from: 'attributes.level', to: 'attributes["log.file.name"]', on_error: 'drop_quiet' },
    ],
  ],
  [
    'an expression',
    textLine,
    [{ type: 'regex_parser', regex: regex.replaceAll('\\\\', '\\'), timestamp: time, severity }],
  ],
  [
    'another expression',
    textLine,
    [{ type: 'regex_parser', regex: '^(?P<one>[^ ,]{1,4})(?:[ ,])(?P<two>\\w?)', on_error: 'drop_quiet' }],
  ],
];

/** A text in the last line. */
const LAST = 'end of the lines';

for (const [name, line, operators] of OPERATORS) {
  test(`lines that are parsed from their bytes are what operators make of them: ${name}`, async () => {
    const text = Array.from({ length: 1500 }, () => `${line()}\n`).join('');
    const invalid = Buffer.from('{"a":"\xff"}\n\xe9 INFO x y\n', 'latin1');
    const last = `${line === jsonLine ? `{"time":1,"level":"info","${LAST}":1,"message":"x"}` : LAST}\n`;
    for (const bytes of [Buffer.from(text), Buffer.concat([Buffer.from(text), invalid])]) {
      writeFileSync(join(directory, 'app.log'), Buffer.concat([bytes, Buffer.from(last)]));
      // An operator that changes nothing keeps the others from being parsed from bytes.
      const expected = await recordsOf([{ type: 'noop' }, ...operators]);
      assert.ok(expected.length > 50);
      assert.deepEqual(await recordsOf(operators), expected);
    }
  });
}

/** Returns the log records of the file, whose attributes are sorted. */
async function recordsOf(operators: OperatorConfigs): Promise<unknown[]> {
  const bench = await createComponentBench(fileLog, {
    startMillis: 1_772_600_000_000,
    config: { include: [join(directory, '*.log')], start_at: 'beginning', attributes: { source: 'test' }, operators },
  });
  await bench.start();
  const hasAll = () => bench.received.some(({ parts }) => parts.some((part) => Buffer.from(part).includes(LAST)));
  while (!hasAll()) {
    await bench.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await bench.close();
  return bench.received.flatMap(({ parts }) => parts.flatMap(recordsIn));
}

interface RecordsJson {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly attributes?: readonly { key: string }[] }[];
    }[];
  }[];
}

function recordsIn(part: Uint8Array): unknown[] {
  const { resourceLogs } = JSON.parse(requestToJson('logs', part)) as RecordsJson;
  return resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.map(({ attributes = [], ...rest }) => ({
        ...rest,
        observedTimeUnixNano: undefined,
        attributes: attributes.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      })),
    ),
  );
}
