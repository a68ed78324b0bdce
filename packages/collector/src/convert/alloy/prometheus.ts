import type { Tree } from '../../config/tree.ts';
import { plainValue } from '../../config/tree.ts';
import type { OutputMap } from '../output/config-builder.ts';
import { headersOf, httpClientSettings, tlsSettings, urlWithoutPassword } from '../source/http-client.ts';
import { variableName } from '../source/references.ts';
import { type Section, scalarText } from '../source/section.ts';
import type { AlloyComponents } from './components.ts';
import { listOf, resolveTargets } from './targets.ts';

/** Metrics that leave the components `prometheus.…` for those of `otelcol.…`. */
export interface LeavingMetrics {
  readonly receiver: string;
  readonly target: string;
}

/** Settings of a scrape that Prometheus has under the same name. */
const SAME = [
  ...['scrape_interval', 'scrape_timeout', 'metrics_path', 'scheme', 'params', 'honor_labels', 'honor_timestamps'],
  ...[
    'sample_limit',
    'target_limit',
    'label_limit',
    'body_size_limit',
    'scrape_classic_histograms',
    'scrape_native_histograms',
  ],
];

/** Converts the components `prometheus.scrape` and `prometheus.remote_write`. */
export class PrometheusConversion {
  readonly leaving: LeavingMetrics[] = [];
  readonly #components: AlloyComponents;
  readonly #exporters = new Map<string, readonly string[]>();

  constructor(components: AlloyComponents) {
    this.#components = components;
  }

  convert(): void {
    for (const key of this.#components.keys('prometheus.scrape.')) this.#scrape(key);
  }

  /** Returns the exporters of a component `prometheus.remote_write`. */
  exporters(key: string): readonly string[] {
    let known = this.#exporters.get(key);
    if (known === undefined) {
      const section = this.#components.section(key);
      const labels = Object.fromEntries(section.textMap('external_labels'));
      section.missing(
        'wal',
        'the log that Alloy writes ahead is not converted',
        'set sending_queue.storage of the exporter',
      );
      known = section.sections('endpoint').map((endpoint) => this.#exporter(endpoint, labels, key));
      section.finish();
      this.#exporters.set(key, known);
    }
    return known;
  }

  #exporter(endpoint: Section, labels: Readonly<Record<string, string>>, key: string): string {
    const { builder, report } = this.#components;
    const label = endpoint.text('name') ?? '';
    const name = variableName('prometheus', key.split('.')[2] ?? '', label);
    const config = report.attach(() => {
      const settings: OutputMap = {
        endpoint: urlWithoutPassword(endpoint, 'url', name),
        ...httpClientSettings(endpoint, builder, name),
        timeout: endpoint.value('remote_timeout'),
        ...(Object.keys(labels).length > 0 && { external_labels: labels }),
      };
      endpoint.missing(
        'write_relabel_config',
        'series are not changed before they are sent',
        'use metric_relabel_configs or the processor transform',
      );
      endpoint.missing('queue_config', 'the queue has the defaults of otelier', 'set sending_queue of the exporter');
      endpoint.missing('metadata_config', 'types and descriptions are not sent', 'set send_metadata');
      endpoint.skip('send_exemplars', 'send_native_histograms', 'protobuf_message');
      endpoint.finish();
      return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    });
    const id = builder.add('exporters', 'prometheus_remote_write', label, config);
    builder.setPlace('exporters', id, endpoint.place);
    return id;
  }

  #scrape(key: string): void {
    const { builder, report } = this.#components;
    const section = this.#components.section(key);
    const ends: string[] = [];
    const metricRules: unknown[] = [];
    const follow = (keys: readonly string[], depth: number): void => {
      for (const next of keys) {
        if (!next.startsWith('prometheus.relabel.') || depth > 20) ends.push(next);
        else {
          const relabel = this.#components.section(next);
          metricRules.push(...listOf(relabel.tree('rule')).map(plainValue));
          relabel.skip('max_cache_size');
          follow(this.#components.referred(relabel, 'forward_to'), depth + 1);
          relabel.finish();
        }
      }
    };
    follow(this.#components.referred(section, 'forward_to'), 0);
    const config = report.attach(() => ({
      config: { scrape_configs: [this.#scrapeConfig(key, section, metricRules)] },
    }));
    const receiver = builder.add('receivers', 'prometheus', key.split('.')[2] ?? '', config);
    builder.setPlace('receivers', receiver, section.place);
    for (const end of ends)
      if (end.startsWith('prometheus.remote_write.')) builder.connect('metrics', receiver, [], this.exporters(end));
      else if (end.startsWith('otelcol.')) this.leaving.push({ receiver, target: end });
      else report.missing(section.at('forward_to'), `the component ${end} is not converted`);
    if (ends.length === 0) report.missing(section.place, 'the metrics go nowhere');
  }

  #scrapeConfig(key: string, section: Section, metricRules: readonly unknown[]): OutputMap {
    const { known, discovered, rules } = resolveTargets(
      section.tree('targets'),
      this.#components,
      section.at('targets'),
    );
    const same = SAME.flatMap((name) => (section.has(name) ? [[name, section.plain(name)] as const] : []));
    const name = variableName('scrape', key.split('.')[2] ?? '');
    const basic = section.section('basic_auth');
    const tls = tlsSettings(section.section('tls_config'), name);
    const token = section.secret('bearer_token', variableName(name, 'token'));
    section.skip(
      'clustering',
      'extra_metrics',
      'enable_protobuf_negotiation',
      'scrape_protocols',
      'enable_compression',
    );
    headersOf(section.section('headers'), name);
    const config: OutputMap = {
      job_name: section.text('job_name') ?? key,
      scrape_interval: '60s',
      ...Object.fromEntries(same),
      static_configs: known.map(staticConfig),
      ...Object.fromEntries([...discovered].map(([kind, trees]) => [kind, trees.map(plainValue)])),
      ...(rules.length > 0 && { relabel_configs: rules.map(plainValue) }),
      ...(metricRules.length > 0 && { metric_relabel_configs: metricRules }),
      ...(basic !== undefined && {
        basic_auth: {
          username: basic.value('username'),
          password: basic.secret('password', variableName(name, 'password')),
        },
      }),
      ...(token !== undefined && { authorization: { credentials: token } }),
      ...(Object.keys(tls).length > 0 && { tls_config: tls }),
    };
    basic?.finish();
    section.finish();
    return config;
  }
}

function staticConfig(target: Tree): OutputMap {
  if (target.kind !== 'map') return { targets: [] };
  const labels = [...target.entries].map(([name, value]) => [name, scalarText(value)] as const);
  const address = labels.find(([name]) => name === '__address__')?.[1];
  const others = labels.filter(([name]) => name !== '__address__');
  return {
    targets: address === undefined ? [] : [address],
    ...(others.length > 0 && { labels: Object.fromEntries(others) }),
  };
}
