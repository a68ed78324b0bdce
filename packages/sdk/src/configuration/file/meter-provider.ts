import type { Signal } from '@otelier/otlp';
import { MAX_MILLIS } from '../../client/option-error.ts';
import type { ClientOptions } from '../../client/options.ts';
import { histogramsAs, type ReaderSettings } from '../metric-variables.ts';
import type { SdkPlan } from '../plan.ts';
import type { ConfigNode } from './config-node.ts';
import { consoleExporter, fileExporter, otlpGrpc, otlpHttp } from './exporters.ts';
import { viewOf } from './view.ts';

type ReaderPlan = SdkPlan['metrics']['readers'][number];

/** Reads `meter_provider`. If it is missing, metrics are disabled. */
export function metricsOf(node: ConfigNode): SdkPlan['metrics'] {
  if (node.isEmpty) return { readers: [], options: {} };
  node.mapping('readers', 'views', 'exemplar_filter');
  const readers = node.at('readers').items();
  if (readers.length === 0) node.at('readers').fail('a list of at least one');
  return {
    readers: readers.map((reader) => reader.one({ periodic: periodicOf })),
    options: {
      views: node.at('views').items().map(viewOf),
      exemplarFilter: node.at('exemplar_filter').choice(['always_on', 'always_off', 'trace_based']) ?? 'trace_based',
    },
  };
}

function periodicOf(node: ConfigNode): ReaderPlan {
  node.mapping('interval', 'timeout', 'exporter', 'cardinality_limits');
  const intervalMillis = node.at('interval').integer(1, MAX_MILLIS) ?? 60_000;
  const timeoutMillis = node.at('timeout').integer(0, MAX_MILLIS) ?? 30_000;
  const cardinalityLimit = node.at('cardinality_limits').mapping('default').at('default').integer(1, 1_000_000);
  return {
    intervalMillis,
    // 0 means no limit.
    timeoutMillis: Math.min(timeoutMillis || MAX_MILLIS, intervalMillis),
    ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
    ...exporterOf(node.at('exporter')),
  };
}

function exporterOf(node: ConfigNode): ReaderSettings & { readonly destination: ClientOptions } {
  const as = (read: (exporter: ConfigNode) => ClientOptions) => (exporter: ConfigNode) => ({
    destination: read(exporter),
    ...preferencesOf(exporter),
  });
  return node.one({
    otlp_http: as((exporter) => otlpHttp(exporter, SIGNAL, ...PREFERENCES)),
    otlp_grpc: as((exporter) => otlpGrpc(exporter, ...PREFERENCES)),
    console: as((exporter) => consoleExporter(exporter, ...PREFERENCES)),
    'otlp_file/development': as((exporter) => fileExporter(exporter, ...PREFERENCES)),
  });
}

function preferencesOf(exporter: ConfigNode): ReaderSettings {
  const [temporality, ofHistograms] = PREFERENCES;
  const preference = exporter.at(temporality).choice(['cumulative', 'delta', 'low_memory']) ?? 'cumulative';
  const aggregation = exporter
    .at(ofHistograms)
    .choice(['explicit_bucket_histogram', 'base2_exponential_bucket_histogram']);
  return {
    temporality: preference === 'low_memory' ? 'lowmemory' : preference,
    aggregation: histogramsAs(aggregation ?? 'explicit_bucket_histogram'),
  };
}

const SIGNAL: Signal = 'metrics';
const PREFERENCES = ['temporality_preference', 'default_histogram_aggregation'] as const;
