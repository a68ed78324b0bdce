import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { forEachLogRecord } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { parse } from 'yaml';
import { FORMATS } from '../../../packages/collector/src/convert/formats.ts';
import { writeYaml } from '../../../packages/collector/src/convert/output/write-yaml.ts';
import { lokiEntry } from '../../../packages/collector/src/exporters/loki/entry.ts';
import { fileLog } from '../../../packages/collector/src/receivers/file_log.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';

const root = mkdtempSync(join(tmpdir(), 'convert-'));
after(() => rmSync(root, { recursive: true }));

/** A configuration that reads `FILES`, lines, and the entries that its documentation promises. */
interface LinesCase {
  readonly name: string;
  readonly format: string;
  readonly source: string;
  readonly lines: readonly string[];
  /** Labels of Loki and line, or the record as JSON. */
  readonly expected: readonly string[];
}

const promtail = (stages: string) =>
  `clients: [{url: http://127.0.0.1:1}]\nscrape_configs:\n- static_configs: [{labels: {job: a, __path__: FILES}}]\n  pipeline_stages:\n${stages}`;
const alloy = (stages: string) => `loki.source.file "a" {
  targets = [{__path__ = "FILES", job = "a"}]
  forward_to = [loki.process.a.receiver]
}
loki.process "a" {
  forward_to = [loki.write.a.receiver]
${stages}
}
loki.write "a" {
  endpoint { url = "http://127.0.0.1:1" }
}`;
const fluentBit = (input: string, filters = '') => `[PARSER]
    Name access
    Format regex
    Regex ^(?<host>\\S+) \\[(?<time>[^\\]]+)\\] (?<code>\\d+)$
    Time_Key time
    Time_Format %d/%b/%Y:%H:%M:%S %z
    Types code:integer
[PARSER]
    Name json
    Format json
    Time_Key ts
    Time_Format %Y-%m-%dT%H:%M:%S.%L%z
[MULTILINE_PARSER]
    name dates
    rule "start_state" "/^\\d{4}-/" "cont"
    rule "cont" "/^\\s/" "cont"
[INPUT]
    Name tail
    Tag a
    Path FILES
    Read_from_Head On
${input}
${filters}
[OUTPUT]
    Name stdout
    Match *
`;

const CASES: readonly LinesCase[] = [
  {
    name: 'logfmt of Promtail',
    format: 'promtail',
    source: promtail(
      '  - logfmt: {mapping: {level: , message: msg, when: ts}}\n  - labels: {level: , when: }\n  - output: {source: message}\n',
    ),
    lines: ['ts=7 level=info msg="say \\"hi\\" level=no" flag', 'msg=plain', 'nothing here'],
    expected: ['{job="a", level="info", when="7"} say "hi" level=no', '{job="a"} plain', '{job="a"} nothing here'],
  },
  {
    name: 'several lines of Promtail',
    format: 'promtail',
    source: promtail("  - multiline: {firstline: '^\\d{4}-', max_wait_time: 1s}\n"),
    lines: ['before', '2026-1 a', ' at x', ' at y', '2026-2 b'],
    expected: ['{job="a"} before', '{job="a"} 2026-1 a\n at x\n at y', '{job="a"} 2026-2 b'],
  },
  {
    name: 'packed entries and allowed labels of Promtail',
    format: 'promtail',
    source: promtail(
      '  - static_labels: {b: "1", c: "2"}\n  - labelallow: [job, b]\n  - pack: {labels: [b], ingest_timestamp: false}\n',
    ),
    lines: ['x'],
    expected: ['{job="a"} {"b":"1","_entry":"x"}'],
  },
  {
    name: 'partial lines of a runtime for Promtail',
    format: 'promtail',
    source: promtail('  - cri: {}\n'),
    lines: [
      '2026-03-04T05:06:07Z stdout P one ',
      '2026-03-04T05:06:07Z stdout P two ',
      '2026-03-04T05:06:08Z stdout F three',
      '2026-03-04T05:06:09Z stderr F four',
    ],
    expected: ['{job="a", stream="stdout"} one two three', '{job="a", stream="stderr"} four'],
  },
  {
    name: 'dropped labels and colors of Promtail',
    format: 'promtail',
    source: promtail('  - decolorize: {}\n  - static_labels: {b: "1"}\n  - labeldrop: [b]\n  - sampling: {rate: 1}\n'),
    lines: ['\u001b[31mred\u001b[0m'],
    expected: ['{job="a"} red'],
  },
  {
    name: 'stages of Alloy',
    format: 'alloy',
    source: alloy(`
  stage.json { expressions = {level = "", text = "msg.text"} }
  stage.labels { values = {level = null} }
  stage.match {
    selector = "{level=\\"error\\"}"
    stage.static_labels { values = {alert = "yes"} }
  }
  stage.drop {
    source = "level,text"
    value  = "debug;x"
  }
  stage.output { source = "text" }
  stage.label_keep { values = ["level", "alert"] }`),
    lines: [
      '{"level":"error","msg":{"text":"bad"}}',
      '{"level":"info","msg":{"text":"ok"}}',
      '{"level":"debug","msg":{"text":"x"}}',
    ],
    expected: ['{alert="yes", level="error"} bad', '{level="info"} ok'],
  },
  {
    name: 'a parser of Fluent Bit',
    format: 'fluent-bit',
    source: fluentBit('    Parser access\n    Path_Key file'),
    lines: ['h1 [04/Mar/2026:05:06:07 +0100] 200', 'other'],
    expected: ['2026-03-04T04:06:07.000Z {"code":200,"file":"F","host":"h1"}', ' {"file":"F","log":"other"}'],
  },
  {
    name: 'filters of Fluent Bit',
    format: 'fluent-bit',
    source: fluentBit(
      '    Parser json',
      `[FILTER]
    Name grep
    Match a
    Exclude level debug
[FILTER]
    Name nest
    Match a
    Operation lift
    Nested_under data
[FILTER]
    Name modify
    Match *
    Add region eu
    Rename msg message
    Remove user
    Condition Key_value_equals level info
[FILTER]
    Name record_modifier
    Match other
    Record never seen
`,
    ),
    lines: [
      '{"ts":"2026-03-04T05:06:07.250Z","level":"info","msg":"x","data":{"n":1},"user":"ada"}',
      '{"level":"debug"}',
      '{"level":"warn","msg":"y"}',
    ],
    expected: [
      '2026-03-04T05:06:07.250Z {"level":"info","message":"x","n":1,"region":"eu"}',
      ' {"level":"warn","msg":"y"}',
    ],
  },
  {
    name: 'several lines and a parser of a key for Fluent Bit',
    format: 'fluent-bit',
    source: fluentBit(
      '    multiline.parser dates',
      '[FILTER]\n    Name parser\n    Match a\n    Key_Name log\n    Parser json\n    Reserve_Data On\n',
    ),
    lines: ['2026-1 a', ' b', '2026-2 c'],
    expected: [' {"log":"2026-1 a\\n b"}', ' {"log":"2026-2 c"}'],
  },
  {
    name: 'lines of a runtime for Fluent Bit',
    format: 'fluent-bit',
    source: fluentBit('    multiline.parser docker, cri'),
    lines: ['2026-03-04T05:06:07.5Z stdout P part ', '2026-03-04T05:06:07.6Z stdout F rest'],
    expected: ['2026-03-04T05:06:07.500Z {"_p":"P","log":"part rest","stream":"stdout"}'],
  },
];

for (const [index, one] of CASES.entries())
  test(`converts and reads ${one.name}`, async () => {
    const directory = join(root, String(index));
    mkdirSync(directory);
    writeFileSync(join(directory, 'app.log'), one.lines.map((line) => `${line}\n`).join(''));
    const bench = await createComponentBench(fileLog, { startMillis: 1000, config: await receiverOf(one, directory) });
    await bench.start();
    const count = () => bench.received.reduce((sum, { itemCount }) => sum + itemCount, 0);
    for (let polls = 0; polls < 40 && count() < one.expected.length; polls++) {
      await bench.clock.advance(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await bench.close();
    const shown = bench.received.flatMap(({ parts }) =>
      parts.flatMap((part) => entriesOf(part, one.format, directory)),
    );
    assert.deepEqual(shown, one.expected);
  });

async function receiverOf({ format: name, source }: LinesCase, directory: string): Promise<Record<string, unknown>> {
  const format = FORMATS.find((one) => one.name === name);
  assert.ok(format);
  const text = source.replaceAll('FILES', `${directory}/*.log`);
  const include = async () => '';
  const conversion = await (await format.load())({ name: 'source', text, registry, include });
  assert.ok(conversion.kind === 'converted', JSON.stringify(conversion));
  const yaml = writeYaml(conversion.output, conversion.report, []);
  const { receivers } = parse(yaml) as { receivers: Record<string, Record<string, unknown>> };
  const { storage: _, ...config } = Object.values(receivers)[0] ?? {};
  return config;
}

function entriesOf(part: Uint8Array, format: string, directory: string): string[] {
  const shown: string[] = [];
  forEachLogRecord(part, (record) => {
    if (format === 'fluent-bit') {
      const time = record.timeUnixNano === 0n ? '' : new Date(Number(record.timeUnixNano / 1_000_000n)).toISOString();
      const body = record.body as Readonly<Record<string, unknown>>;
      const sorted = Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
      const text = JSON.stringify(sorted, (_, value) => (typeof value === 'bigint' ? Number(value) : value));
      shown.push(`${time} ${text.replace(`${directory}/app.log`, 'F')}`);
      return;
    }
    const entry = lokiEntry(record, { exporter: false, job: false, instance: false, level: false }, 0n);
    assert.ok(typeof entry !== 'string', String(entry));
    shown.push(`${entry.labels.replace(/(?:, )?filename="[^"]*"/, '').replace('{, ', '{')} ${entry.line}`);
  });
  return shown;
}
