import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatConfigError } from '../../../packages/collector/src/config/config-error.ts';
import { loadConfig } from '../../../packages/collector/src/config/load.ts';
import type { Conversion } from '../../../packages/collector/src/convert/conversion.ts';
import { detectFormat, FORMATS } from '../../../packages/collector/src/convert/formats.ts';
import { writeYaml } from '../../../packages/collector/src/convert/output/write-yaml.ts';
import { registry } from '../../../packages/collector/src/registry.generated.ts';

const SOURCES = fileURLToPath(new URL('sources', import.meta.url));

/** The settings of each source that are not converted, by their paths. */
const MISSING: Readonly<Record<string, readonly string[]>> = {
  'alloy-logs.alloy': ['loki.process.app.stage.metrics[7]'],
  'alloy-otel.alloy': [
    'pyroscope.write.p',
    'prometheus.remote_write.mimir.endpoint.queue_config',
    'prometheus.scrape.host.targets',
    'otelcol.exporter.otlp.tempo.frobnicate',
  ],
  'fluent-bit-host.conf': [
    'output[1].replace_dots',
    'output[2]."rdkafka.request.required.acks"',
    'output[6]',
    'filter[5]',
    'input[3]',
    'filter[0]',
    'filter[1]',
    'filter[2]',
    'filter[3]',
    'filter[4]',
  ],
  'fluent-bit-otel.yaml': ['env', 'pipeline.outputs[2]', 'pipeline.filters[1]', 'pipeline.inputs[1].processors'],
  'promtail-host.yaml': ['scrape_configs[1].pipeline_stages[5].limit'],
  'promtail-kubernetes.yaml': [
    'scrape_configs[0].relabel_configs[0]',
    'scrape_configs[0].relabel_configs[8]',
    'scrape_configs[1].relabel_configs[0]',
    'scrape_configs[3].kafka.labels',
  ],
};

for (const file of readdirSync(SOURCES).filter((name) => name !== 'includes'))
  test(`converts ${file} to a valid configuration, and names the rest`, async () => {
    const text = readFileSync(`${SOURCES}/${file}`, 'utf8');
    const format = FORMATS.find(({ name }) => file.startsWith(name));
    assert.ok(format);
    assert.equal(detectFormat(text)?.name, format.name);
    const include = async (path: string) => readFileSync(`${SOURCES}/includes/${path}`, 'utf8');
    const conversion: Conversion = await (await format.load())({ name: file, text, registry, include });
    assert.ok(conversion.kind === 'converted', JSON.stringify(conversion));
    const { output, report } = conversion;
    const yaml = writeYaml(output, report, []);
    const messages = report.notes.map(({ message, instead }) => `${message} ${instead}`).join('\n');
    assert.doesNotMatch(`${yaml}${messages}`, /topsecret/);
    assert.deepEqual(
      [...new Set(report.notes.filter(({ kind }) => kind === 'missing').map(({ path }) => path))],
      MISSING[file],
    );
    for (const { position, message } of report.notes) assert.ok(position.line > 0 && message !== '');
    const sources = [{ name: 'converted.yaml', text: yaml }];
    const loaded = await loadConfig({ sources, settings: [], environment: environmentOf(yaml), registry });
    const errors = loaded.errors.filter(({ severity }) => severity === 'error').map(formatConfigError);
    assert.deepEqual(errors, [], yaml);
  });

/** Sets the variables that an output refers to. */
function environmentOf(yaml: string): Record<string, string> {
  return Object.fromEntries(
    [...yaml.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [
      name,
      name.includes('URL') ? 'http://127.0.0.1:1' : 'given',
    ]),
  );
}
