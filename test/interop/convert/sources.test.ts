import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
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
  'helm-opentelemetry-collector-agent.yaml': [
    'presets.kubernetesAttributes.extractAllPodLabels',
    'presets.resourceDetection',
    'config.exporters.frobnicator',
    'config.processors.batch.nonsense',
    'hostNetwork',
    'livenessProbe',
  ],
  'helm-opentelemetry-collector-gateway.yaml': ['ingress'],
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
    const configuration = format.name.startsWith('helm') ? chartConfig(yaml) : yaml;
    const sources = [{ name: 'converted.yaml', text: configuration }];
    const loaded = await loadConfig({ sources, settings: [], environment: environmentOf(yaml), registry });
    const errors = loaded.errors.filter(({ severity }) => severity === 'error').map(formatConfigError);
    assert.deepEqual(errors, [], yaml);
  });

/** Sets the variables that an output refers to. */
function environmentOf(yaml: string): Record<string, string> {
  return Object.fromEntries(
    [...yaml.matchAll(/\$\{env:(\w+)\}/g)].map(([, name = '']) => [
      name,
      /URL|ENDPOINT/.test(name) ? 'http://127.0.0.1:1' : 'given',
    ]),
  );
}

/** Returns the configuration in values of the chart, with the components that the chart adds. */
function chartConfig(yaml: string): string {
  const { config } = parse(yaml) as { config: Record<string, Record<string, unknown>> };
  const added = {
    extensions: { health_check_v2: {}, file_storage: { directory: tmpdir() } },
    receivers: {
      file_log: { include: ['/var/log/pods/*/*/*.log'] },
      host_metrics: { scrapers: { cpu: {} } },
      kubelet_stats: { auth_type: 'serviceAccount' },
    },
    processors: { k8s_attributes: {} },
  };
  const whole = { ...config };
  for (const [kind, components] of Object.entries(added)) whole[kind] = { ...components, ...config[kind] };
  const { pipelines } = whole['service'] as { pipelines: Record<string, unknown> };
  for (const [name, pipeline] of Object.entries(pipelines)) if (pipeline === null) delete pipelines[name];
  return stringify(whole);
}
