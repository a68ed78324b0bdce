import type { ConfigBuilder, OutputMap } from '../output/config-builder.ts';
import { httpClientSettings, urlWithoutPassword } from '../source/http-client.ts';
import type { Section } from '../source/section.ts';

/** The destination of logs: the exporter, and the processors before it. */
export interface LokiDestination {
  readonly exporter: string;
  readonly processors: readonly string[];
}

/**
 * Converts a client of Promtail or an endpoint of `loki.write` of Alloy, whose settings have the same or similar names.
 * `externalLabels` are those for all endpoints.
 */
export function lokiDestination(
  client: Section,
  builder: ConfigBuilder,
  externalLabels: ReadonlyMap<string, string> = new Map(),
): LokiDestination {
  const name = client.text('name') ?? '';
  const labels = new Map([...externalLabels, ...client.textMap('external_labels')]);
  const config = client.report.attach(() => exporterConfig(client, builder, name));
  const processors =
    labels.size === 0 ? [] : [builder.share('processors', 'resource', 'external-labels', resourceOf(labels))];
  return { exporter: builder.add('exporters', 'loki', name, config), processors };
}

function exporterConfig(client: Section, builder: ConfigBuilder, name: string): OutputMap {
  const variable = name === '' ? 'LOKI' : `LOKI_${name}`;
  const endpoint = urlWithoutPassword(client, 'url', variable);
  if (endpoint === undefined) client.report.missing(client.place, 'expected a URL, got none');
  const tenant = client.value('tenant_id');
  const settings = httpClientSettings(client, builder, variable);
  const headers = { ...(settings['headers'] as object), ...(tenant !== undefined && { 'X-Scope-OrgID': tenant }) };
  const timeout = client.value('timeout') ?? client.value('remote_timeout') ?? '10s';
  client.changed('drop_rate_limited_batches', 'batches that Loki limits are retried');
  client.changed('retry_on_http_429', 'batches that Loki limits are retried');
  client.missing('queue_config', 'the queue has the defaults of otelier', 'set sending_queue of the exporter');
  client.skip('stream_lag_labels');
  const batch = {
    flush_timeout: client.value('batchwait') ?? client.value('batch_wait') ?? '1s',
    sizer: 'bytes',
    min_size: bytesOf(client.text('batchsize') ?? client.text('batch_size')) ?? 1024 * 1024,
  };
  const retry = retries(client);
  client.finish();
  return {
    endpoint: endpoint ?? 'http://127.0.0.1:3100/loki/api/v1/push',
    timeout,
    ...settings,
    ...(Object.keys(headers).length > 0 && { headers }),
    default_labels_enabled: { exporter: false, job: false, instance: false, level: false },
    sending_queue: { batch },
    ...retry,
  };
}

function retries(client: Section): OutputMap {
  const backoff = client.section('backoff_config') ?? client;
  const initial = backoff.value('min_period') ?? backoff.value('min_backoff_period');
  const max = backoff.value('max_period') ?? backoff.value('max_backoff_period');
  for (const key of ['max_retries', 'max_backoff_retries'])
    backoff.changed(
      key,
      'retries end after a time, not after a number',
      'set retry_on_failure.max_elapsed_time of the exporter',
    );
  if (backoff !== client) backoff.finish();
  if (initial === undefined && max === undefined) return {};
  return {
    retry_on_failure: {
      ...(initial !== undefined && { initial_interval: initial }),
      ...(max !== undefined && { max_interval: max }),
    },
  };
}

/** Returns a size such as `1MiB` in bytes. */
function bytesOf(text: string | undefined): number | undefined {
  const [, number = '', unit = ''] = /^\s*([\d.]+)\s*([kmg]?)i?b?\s*$/i.exec(text ?? '') ?? [];
  return number === '' ? undefined : Math.round(Number(number) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' '));
}

/** External labels are attributes of the resource, which the exporter makes labels. */
function resourceOf(labels: ReadonlyMap<string, string>): OutputMap {
  const attributes = [...labels].map(([key, value]) => ({ key, value, action: 'insert' }));
  return {
    attributes: [...attributes, { key: 'loki.resource.labels', value: [...labels.keys()].join(','), action: 'insert' }],
  };
}
