import { formatTime } from '../../ottl/functions/time/format-time.ts';
import { parseTimeFormat } from '../../ottl/functions/time/strptime.ts';
import { attributeText } from '../../ottl/values/text.ts';
import type { ValueMap } from '../../ottl/values/value.ts';
import { Time } from '../../ottl/values/value.ts';
import type { MappingMode } from './mode.ts';
import type { Origin } from './origin.ts';

/** An index or a data stream. */
export interface Index {
  readonly name: string;
  /** The parts of the name of a data stream. */
  readonly stream?: { readonly type: string; readonly dataset: string; readonly namespace: string };
}

/** Attributes that control where and how a document is indexed. */
export const CONTROL = {
  index: 'elasticsearch.index',
  documentId: 'elasticsearch.document_id',
  pipeline: 'elasticsearch.ingest_pipeline',
  hints: 'elasticsearch.mapping.hints',
  mode: 'elastic.mapping.mode',
  type: 'data_stream.type',
  dataset: 'data_stream.dataset',
  namespace: 'data_stream.namespace',
} as const;

/** Options for `Router`. */
export interface RouterOptions {
  /** Index of all documents; empty for routing by attributes. */
  readonly index: string;
  readonly logstash: { readonly prefixSeparator: string; readonly dateFormat: string } | undefined;
  now(): number;
}

/** The type of data stream by default. */
export type StreamType = 'logs' | 'metrics' | 'traces';

const MAX_STREAM_BYTES = 100;
const IN_NAMESPACE = /[\\/*?"<>| ,#:]/gu;
const IN_DATASET = /[-\\/*?"<>| ,#:]/gu;
const COMPONENTS = [/\/receiver\/(\w+receiver)/, /\/connector\/(\w+connector)/];
const OWN_SCOPES = new Set([
  'go.opentelemetry.io/collector/receiver/receiverhelper',
  'go.opentelemetry.io/collector/scraper/scraperhelper',
  'go.opentelemetry.io/collector/processor/processorhelper',
  'go.opentelemetry.io/collector/exporter/exporterhelper',
  'go.opentelemetry.io/collector/service',
]);

/** Chooses the index of each document. */
export class Router {
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Returns the index of a document, or why it has none. */
  route(
    origin: Origin,
    attributes: ValueMap,
    mode: MappingMode,
    type: StreamType,
  ): Index | { readonly reason: string } {
    const { index, logstash, now } = this.#options;
    const routed = index === '' ? byAttributes(origin, attributes, mode, type) : { name: index };
    if (logstash === undefined || 'reason' in routed) return routed;
    const time = new Time(BigInt(Math.floor(now())) * 1_000_000n);
    const suffix = formatTime(time, parseTimeFormat(logstash.dateFormat));
    return { name: `${routed.name}${logstash.prefixSeparator}${suffix}` };
  }
}

/** Returns an attribute of the item, its scope or its resource. */
function attributeOf(key: string, attributes: ValueMap, { scope, resource }: Origin): string | undefined {
  for (const map of [attributes, scope.attributes, resource.attributes])
    if (map.has(key)) return attributeText(map.get(key));
  return undefined;
}

function byAttributes(
  origin: Origin,
  attributes: ValueMap,
  mode: MappingMode,
  defaultType: StreamType,
): Index | { readonly reason: string } {
  const name = attributeOf(CONTROL.index, attributes, origin);
  if (name !== undefined) return { name };
  const type = (mode === 'bodymap' ? attributeOf(CONTROL.type, attributes, origin) : undefined) ?? defaultType;
  if (mode === 'bodymap' && type !== 'logs' && type !== 'metrics')
    return { reason: `data_stream.type: expected logs or metrics, got "${type}"` };
  const dataset = attributeOf(CONTROL.dataset, attributes, origin) ?? datasetOfScope(origin) ?? 'generic';
  const namespace = namespaceOf(attributes, origin);
  return streamIndex(type, datasetName(dataset, mode === 'otel' ? '.otel' : ''), namespace);
}

/** Returns the data stream with these parts of its name. */
export function streamIndex(type: string, dataset: string, namespace: string): Index {
  return { name: `${type}-${dataset}-${namespace}`, stream: { type, dataset, namespace } };
}

/** Returns the namespace of a document. */
export function namespaceOf(attributes: ValueMap, origin: Origin): string {
  return limited((attributeOf(CONTROL.namespace, attributes, origin) ?? 'default').replace(IN_NAMESPACE, '_'), '');
}

/** Returns a dataset without characters that data streams cannot have. */
export function datasetName(dataset: string, suffix = ''): string {
  return limited(dataset.replace(IN_DATASET, '_'), suffix);
}

function limited(text: string, suffix: string): string {
  const bytes = Buffer.from(text.toLowerCase());
  const max = MAX_STREAM_BYTES - suffix.length;
  return (bytes.length > max ? bytes.subarray(0, max).toString() : text.toLowerCase()) + suffix;
}

function datasetOfScope({ scope }: Origin): string | undefined {
  if (OWN_SCOPES.has(scope.name)) return 'collectortelemetry';
  const format = scope.attributes.get('encoding.format');
  if (typeof format === 'string' && format !== '') return format;
  for (const pattern of COMPONENTS) {
    const component = pattern.exec(scope.name)?.[1];
    if (component !== undefined) return component;
  }
  return undefined;
}
