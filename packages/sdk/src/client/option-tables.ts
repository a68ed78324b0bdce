import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, RetryOptions } from '@otelier/transport/portable';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions } from '../delivery/contract.ts';
import type { MetricExporterOptions } from '../exporters/metric-exporter.ts';
import type { OfficialOptions } from '../exporters/official-options.ts';
import type { ExporterOptions } from '../exporters/sender.ts';
import { expected } from './expected.ts';
import { FUNCTION, has, isPlain, type NamesOf, OBJECT, RESOURCE } from './known-options.ts';
import type { ClientOptions } from './options.ts';
import type { EndpointOptions } from './platform.ts';

const isText = (value: unknown) => typeof value === 'string';

const URL_TEXT = expected('a URL', isText);
const URLS = expected('a URL, or a list of them', (value) =>
  Array.isArray(value) ? value.every(isText) : isText(value),
);
const HEADERS = expected(
  'an object, or a function that returns one',
  (value) => typeof value === 'function' || isPlain(value),
);
const MILLIS = expected('1 to 86400000', (value) => typeof value !== 'bigint' && typeof value !== 'object');
const FLAG = expected('true or false', (value) => typeof value === 'boolean');
const CLOCK = expected('a clock with now and setTimeout', (value) => has(value, 'now', 'setTimeout'));
const TRANSPORT = expected('a transport with export and shutdown', (value) => has(value, 'export', 'shutdown'));
const SEALER = expected('a sealer, such as createRequestSealer returns', (value) => has(value, 'seal'));
const BUFFER = expected('a buffer, such as openDiskBuffer returns', (value) => has(value, 'append', 'drain'));

const RETRY = {
  initialIntervalMillis: true,
  maxIntervalMillis: true,
  multiplier: true,
  randomizationFactor: true,
  maxElapsedMillis: true,
} satisfies NamesOf<RetryOptions>;

const TLS = {
  caFile: true,
  caPem: true,
  certFile: true,
  certPem: true,
  keyFile: true,
  keyPem: true,
  minVersion: true,
  maxVersion: true,
  cipherSuites: true,
  curvePreferences: true,
  crlFile: true,
  crlPem: true,
  reloadIntervalMillis: true,
  insecure: true,
  insecureSkipVerify: true,
  serverNameOverride: true,
  includeSystemCaCertsPool: true,
} satisfies NamesOf<ClientTlsOptions>;

const ENDPOINT = {
  endpoint: URLS,
  protocol: true,
  compression: true,
  headers: HEADERS,
  timeoutMillis: MILLIS,
  tls: TLS,
  signalEndpoints: { traces: URL_TEXT, metrics: URL_TEXT, logs: URL_TEXT, profiles: URL_TEXT } satisfies NamesOf<
    Record<Signal, string>
  >,
  auth: { kind: true, token: true, username: true, password: true },
  proxy: expected('a URL or false', (value) => value === false || typeof value === 'string'),
} satisfies NamesOf<Omit<EndpointOptions, 'proxyOf'>>;

/** Client options. */
export const CLIENT_OPTIONS = {
  ...ENDPOINT,
  batch: { maxItems: true, maxBytes: true, maxDelayMillis: true } satisfies NamesOf<BatchOptions>,
  queue: {
    maxItems: true,
    maxBytes: true,
    dropPolicy: true,
    maxConcurrentRequests: true,
  } satisfies NamesOf<QueueOptions>,
  circuitBreaker: { maxFailures: true, pauseMillis: true } satisfies NamesOf<CircuitBreakerOptions>,
  retry: RETRY,
  resource: RESOURCE,
  buffer: BUFFER,
  transport: TRANSPORT,
  seal: SEALER,
  flushOnExit: FLAG,
  clock: CLOCK,
  log: FUNCTION,
  environment: OBJECT,
} satisfies NamesOf<ClientOptions & Pick<MetricExporterOptions, 'environment'>>;

/** Span and log record exporter options. */
export const EXPORTER_OPTIONS = {
  ...ENDPOINT,
  url: true,
  retry: RETRY,
  concurrencyLimit: true,
  environment: true,
  keepAlive: true,
  httpAgentOptions: true,
  userAgent: true,
} satisfies NamesOf<Omit<ExporterOptions & OfficialOptions & Pick<MetricExporterOptions, 'environment'>, 'proxyOf'>>;

/** Metric exporter options. */
export const METRIC_EXPORTER_OPTIONS = {
  ...EXPORTER_OPTIONS,
  temporalityPreference: true,
  aggregationPreference: true,
} satisfies NamesOf<Omit<MetricExporterOptions & OfficialOptions, 'proxyOf'>>;
