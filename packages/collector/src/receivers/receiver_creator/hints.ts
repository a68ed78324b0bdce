import type { Signal } from '@otelier/otlp';
import { parse } from 'yaml';
import type { EndpointDetails, ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { errorMessage } from '../../component/error-message.ts';
import { parseByteSize, parseDuration } from '../../component/units.ts';
import type { CreatorConfig } from './config.ts';

/** A receiver that annotations of a pod configure. */
export interface HintedReceiver {
  readonly id: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly signals: readonly Signal[];
}

const PREFIX = 'io.opentelemetry.discovery';
/** People who annotate pods must not be able to take the memory or the time of the process. */
const MAX_CONFIG_LENGTH = 16_384;
const MIN_INTERVAL_MILLIS = 1000;
const MAX_LOG_BYTES = 16 << 20;

/**
 * The receivers of metrics that annotations can start: they connect to the address of the endpoint, and to nothing else. Receivers
 * that listen, read files or run queries are not among them.
 */
const SCRAPERS = new Set('apache elasticsearch mysql nginx postgresql rabbitmq redis zookeeper'.split(' '));
/** Their options that annotations can set. Those that name files, sockets or extensions are not among them. */
const SCRAPER_OPTIONS = new Set([
  ...['endpoint', 'collection_interval', 'initial_delay', 'timeout', 'metrics', 'resource_attributes', 'tls'],
  ...['username', 'password', 'database', 'databases', 'exclude_databases', 'nodes', 'indices', 'skip_cluster_metrics'],
]);
const TLS_OPTIONS = new Set(['insecure', 'insecure_skip_verify', 'server_name_override']);
/** The options of `file_log` that annotations can set: none that selects files. */
const LOG_OPTIONS = new Set([
  ...['include_file_name', 'include_file_path', 'start_at', 'encoding', 'multiline', 'max_log_size', 'operators'],
  ...['attributes', 'resource', 'preserve_leading_whitespaces', 'preserve_trailing_whitespaces'],
]);
/** The operators of logs that annotations can use: none that keeps entries. */
const OPERATORS = new Set([
  ...['container', 'json_parser', 'regex_parser', 'key_value_parser', 'csv_parser', 'uri_parser', 'severity_parser'],
  ...[
    'time_parser',
    'trace_parser',
    'scope_name_parser',
    'add',
    'copy',
    'move',
    'remove',
    'retain',
    'flatten',
    'filter',
  ],
]);

/**
 * Returns the receiver that the annotations of a pod configure for one of its ports or containers; `undefined` if they do not.
 * The annotations can only choose among what is allowed here.
 */
export function hintedReceiver(
  { type, target, details }: ObservedEndpoint,
  { ignoreReceivers, defaultAnnotations }: CreatorConfig['discovery'],
): HintedReceiver | { readonly id: string; readonly failure: string } | undefined {
  const pod = details['pod'];
  if (typeof pod !== 'object') return undefined;
  const annotations = { ...defaultAnnotations, ...textsOf(pod['annotations']) };
  const isPort = type === 'port';
  const scope = String(details[isPort ? 'port' : 'container_name']);
  const kind = `${PREFIX}.${isPort ? 'metrics' : 'logs'}`;
  const read = (name: string): string | undefined =>
    annotations[`${kind}.${scope}/${name}`] ?? annotations[`${kind}/${name}`];
  if ((!isPort && type !== 'pod.container') || read('enabled') !== 'true') return undefined;
  const receiver = isPort ? read('scraper') : 'file_log';
  const names = isPort ? [receiver] : ['file_log', 'filelog'];
  if (!receiver || names.some((name) => ignoreReceivers.some((ignored) => ignored === name))) return undefined;
  const id = `${receiver}/${textOf(pod, 'uid')}_${scope}`;
  try {
    const options = parseOptions(read('config'));
    return isPort
      ? { id, options: scraperOptions(receiver, options, target), signals: ['metrics'] }
      : { id, options: logOptions(options, pod, scope), signals: ['logs'] };
  } catch (error) {
    return { id, failure: `annotation ${kind}/config: ${errorMessage(error)}` };
  }
}

function parseOptions(text = ''): Readonly<Record<string, unknown>> {
  if (text.length > MAX_CONFIG_LENGTH)
    throw new Error(`expected at most ${MAX_CONFIG_LENGTH} characters, got ${text.length}`);
  // Without aliases, which make a small document large.
  const options: unknown = parse(text, { maxAliasCount: 0, logLevel: 'error' }) ?? {};
  if (isRecord(options)) return options;
  throw new Error('expected a mapping of options');
}

function scraperOptions(receiver: string, options: Readonly<Record<string, unknown>>, target: string) {
  if (!SCRAPERS.has(receiver)) throw new Error(`expected a scraper (${[...SCRAPERS].join(', ')}), got "${receiver}"`);
  requireKnown(options, SCRAPER_OPTIONS, '');
  const { tls, endpoint } = options;
  if (tls !== undefined) requireKnown(isRecord(tls) ? tls : {}, TLS_OPTIONS, 'tls.');
  for (const name of ['collection_interval', 'initial_delay', 'timeout']) {
    const value = options[name];
    const millis = typeof value === 'string' ? parseDuration(value) : undefined;
    if (value === undefined || (millis ?? 0) >= MIN_INTERVAL_MILLIS) continue;
    throw new Error(`${name}: expected a duration of at least 1s, got ${JSON.stringify(value)}`);
  }
  return endpoint === undefined ? options : { ...options, endpoint: ownEndpoint(endpoint, target) };
}

/** Returns an endpoint that annotations name, which must be that of their pod. */
function ownEndpoint(written: unknown, target: string): string {
  if (typeof written !== 'string') throw new Error('endpoint: expected a text');
  const endpoint = written.replaceAll('`endpoint`', target);
  if (endpoint === target) return endpoint;
  const url = URL.parse(endpoint);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== null && isHttp && url.username === '' && url.password === '') {
    const port = url.port || (url.protocol === 'http:' ? '80' : '443');
    if (`${url.hostname}:${port}` === target) return endpoint;
  }
  throw new Error(`endpoint: expected the address of the pod, such as "\`endpoint\`", got "${written}"`);
}

/** A name in Kubernetes, which is safe in a path. */
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

function logOptions(options: Readonly<Record<string, unknown>>, pod: EndpointDetails, container: string) {
  requireKnown(options, LOG_OPTIONS, '');
  const { operators = [], max_log_size: size } = options;
  const maxBytes = typeof size === 'string' ? parseByteSize(size) : size;
  if (size !== undefined && !(typeof maxBytes === 'number' && maxBytes > 0 && maxBytes <= MAX_LOG_BYTES))
    throw new Error(`max_log_size: expected a size of at most 16MiB, got ${JSON.stringify(size)}`);
  if (!Array.isArray(operators)) throw new Error('operators: expected a list');
  for (const operator of operators) {
    const type: unknown = isRecord(operator) ? operator['type'] : undefined;
    if (typeof type !== 'string' || !OPERATORS.has(type))
      throw new Error(`operators: expected one of ${[...OPERATORS].join(', ')}, got ${JSON.stringify(type)}`);
    if (isRecord(operator) && 'max_log_size' in operator)
      throw new Error('operators: expected no max_log_size, got one');
  }
  const [namespace, name, uid] = ['namespace', 'name', 'uid'].map((key) => textOf(pod, key));
  for (const part of [namespace, name, uid, container])
    if (part === undefined || !NAME.test(part)) throw new Error(`expected names of a pod, got "${part}"`);
  return {
    include_file_path: true,
    include_file_name: false,
    operators: [{ id: 'container-parser', type: 'container' }],
    ...options,
    include: [`/var/log/pods/${namespace}_${name}_${uid}/${container}/*.log`],
  };
}

function requireKnown(options: Readonly<Record<string, unknown>>, known: ReadonlySet<string>, path: string): void {
  for (const name of Object.keys(options))
    if (!known.has(name)) throw new Error(`expected one of ${[...known].join(', ')}, got "${path}${name}"`);
}

function textsOf(details: EndpointDetails[string] | undefined): Record<string, string> {
  if (typeof details !== 'object') return {};
  return Object.fromEntries(
    Object.entries(details).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v] as const] : [])),
  );
}

function textOf(details: EndpointDetails, name: string): string {
  const value = details[name];
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
