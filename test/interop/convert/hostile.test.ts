import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@otelier/testkit/otlp/random';
import { FORMATS, type SourceFormat } from '../../../packages/collector/src/convert/formats.ts';
import { writeYaml } from '../../../packages/collector/src/convert/output/write-yaml.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';

const SOURCES = fileURLToPath(new URL('sources', import.meta.url));
const random = createRandom(11);
const ROUNDS = 12;

/** Damages a text: removes, repeats or replaces a part. */
function damaged(text: string): string {
  const at = random(text.length);
  const length = random(Math.min(60, text.length - at) + 1);
  const part = text.slice(at, at + length);
  const inserted = ['', part + part, '{', '}', '"', '\t', '[', ': ', '${', '\u0000', '- '][random(11)] ?? '';
  return text.slice(0, at) + inserted + text.slice(at + length);
}

async function convert(format: SourceFormat, text: string): Promise<string> {
  const include = async () => '';
  const conversion = await (await format.load())({ name: 'source', text, registry, include });
  if (conversion.kind === 'converted') return writeYaml(conversion.output, conversion.report, []);
  assert.ok(conversion.errors.length > 0);
  for (const { position, message } of conversion.errors) {
    assert.ok(position.line > 0, message);
    assert.ok(message.length < 2_000);
  }
  return '';
}

for (const file of readdirSync(SOURCES, { withFileTypes: true }).filter((entry) => entry.isFile()))
  test(`damaged copies of ${file.name} are converted, or an error names the line`, async () => {
    const text = readFileSync(`${SOURCES}/${file.name}`, 'utf8');
    const format = FORMATS.find(({ name }) => file.name.startsWith(name));
    assert.ok(format);
    for (let round = 0; round < ROUNDS; round++) await convert(format, damaged(damaged(text)));
  });

const DEEP = 20_000;
const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ['promtail', `scrape_configs: ${'['.repeat(DEEP)}`],
  ['promtail', `scrape_configs: [${'{a: '.repeat(DEEP)}`],
  [
    'promtail',
    `a: &a [1,1]\n${Array.from({ length: 40 }, (_, i) => `k${i}: &k${i} [*${i === 0 ? 'a' : `k${i - 1}`},*${i === 0 ? 'a' : `k${i - 1}`}]`).join('\n')}`,
  ],
  ['promtail', 'scrape_configs: 7\nclients: x\npositions: [1]\nserver: text\n'],
  [
    'promtail',
    'scrape_configs: [{static_configs: [{labels: {__path__: 7}}], pipeline_stages: [{json: 3}, 7, {regex: {expression: "("}}, {match: {selector: "{"}}, {template: {source: a, template: "{{ if "}}, {a: , b: }]}]',
  ],
  ['promtail', '- a\n- b\n'],
  ['promtail', ''],
  [
    'helm-opentelemetry-collector',
    'mode: 7\nconfig: [1]\npresets: x\nports: {a: 1, b: {containerPort: x}}\nextraEnvs: {a: 1}\nservice: text\n',
  ],
  [
    'helm-opentelemetry-collector',
    'config: {service: {pipelines: {traces: 7, logs: {receivers: 3}}}, receivers: null, exporters: x}',
  ],
  ['alloy', `a = ${'['.repeat(DEEP)}`],
  ['alloy', `a = ${'-'.repeat(DEEP)}1`],
  ['alloy', 'a { '.repeat(DEEP)],
  ['alloy', `a = ${'('.repeat(DEEP)}`],
  [
    'alloy',
    'loki.process "a" { forward_to = [loki.process.a.receiver] }\nloki.source.file "x" { forward_to = [loki.process.a.receiver] }',
  ],
  [
    'alloy',
    'discovery.relabel "a" { targets = discovery.relabel.a.output }\nprometheus.scrape "x" { targets = discovery.relabel.a.output }',
  ],
  [
    'alloy',
    'otelcol.receiver.otlp "a" { output { logs = [otelcol.processor.batch.a.input] } }\notelcol.processor.batch "a" { output { logs = [otelcol.processor.batch.a.input] } }',
  ],
  ['alloy', 'loki.write "a" { endpoint = 7 }\nloki.source.api "b" { http = "x"\n forward_to = loki.write.a.receiver }'],
  ['alloy', '/* no end'],
  ['alloy', 'a = "no end'],
  ['fluent-bit', '[INPUT]\n    Name tail\n  Path x\n'],
  ['fluent-bit', 'Name tail\n[INPUT]\n'],
  ['fluent-bit', '@INCLUDE\n[INPUT]\n    Name tail\n'],
  ['fluent-bit', `[INPUT]\n${'    Tag a\n'.repeat(5_000)}`],
  [
    'fluent-bit',
    `[INPUT]\n    Name tail\n    Path \${a\${b\n[FILTER]\n    Name grep\n    Match *\n    Regex log ${'('.repeat(DEEP)}\n[OUTPUT]\n    Match *\n`,
  ],
  ['fluent-bit', `@INCLUDE self.conf\n`.repeat(200)],
  ['fluent-bit', 'pipeline: 7\nservice: [1]\nparsers: {a: b}\n'],
  [
    'fluent-bit',
    'pipeline: {inputs: [{name: 7, path: {a: 1}}, 3], outputs: {name: loki, match: [1, 2], labels: "=,$,$[\'"}}',
  ],
];

for (const [index, [name, text]] of HOSTILE.entries())
  test(`hostile source ${index} of ${name} ends with a result or an error`, async () => {
    const format = FORMATS.find((one) => one.name === name);
    assert.ok(format);
    await convert(format, text);
  });
