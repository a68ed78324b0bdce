import type { Signal } from '@otelier/otlp';
import type { ClientTlsOptions, RetryOptions } from '@otelier/transport/portable';
import type { BatchOptions, CircuitBreakerOptions, QueueOptions } from '../delivery/contract.ts';
import type { MetricExporterOptions } from '../exporters/metric-exporter.ts';
import type { OfficialOptions } from '../exporters/official-options.ts';
import type { ExporterOptions } from '../exporters/sender.ts';
import { Expected, expected } from './expected.ts';
import { OptionError, optionError } from './option-error.ts';
import type { ClientOptions } from './options.ts';
import type { EndpointOptions } from './platform.ts';

/**
 * Returns the options, including nested groups, if all are known and valid. Throws an `OptionError` that names the
 * first invalid one.
 */
export function known<T extends object>(options: T, names: Names): T {
  checkOptions(options, names, '');
  return options;
}

/** Names of options. A group has nested names; `true` options are checked where they are used. */
export interface Names {
  readonly [name: string]: true | Names | Expected;
}

/** All names of a type of options, so that the compiler reports missing ones. */
export type NamesOf<T> = { readonly [K in keyof Required<T>]: true | Names | Expected };

const isText = (value: unknown) => typeof value === 'string';
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
export const has = (value: unknown, ...methods: readonly string[]) =>
  isObject(value) && methods.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');
const isPlain = (value: unknown) => isObject(value) && !(Symbol.iterator in (value as object));

export const OBJECT = expected('an object', isObject);
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
export const FUNCTION = expected('a function', (value) => typeof value === 'function');
const CLOCK = expected('a clock with now and setTimeout', (value) => has(value, 'now', 'setTimeout'));
export const RESOURCE = expected('attributes, or a promise of them', isPlain);
const TRANSPORT = expected('a transport with export and shutdown', (value) => has(value, 'export', 'shutdown'));
const BUFFER = expected('a buffer, such as openDiskBuffer returns', (value) => has(value, 'append', 'drain'));

const RETRY = {
  initialIntervalMillis: true,
  maxIntervalMillis: true,
  multiplier: true,
  randomizationFactor: true,
  maxElapsedMillis: true,
} satisfies NamesOf<RetryOptions>;

const TLS = {
  ...{ caFile: true, caPem: true, certFile: true, certPem: true, keyFile: true, keyPem: true },
  ...{ minVersion: true, maxVersion: true, cipherSuites: true, curvePreferences: true, reloadIntervalMillis: true },
  ...{ insecure: true, insecureSkipVerify: true, serverNameOverride: true, includeSystemCaCertsPool: true },
} satisfies NamesOf<ClientTlsOptions>;

const ENDPOINT = {
  ...{ endpoint: URLS, protocol: true, compression: true, headers: HEADERS, timeoutMillis: MILLIS, tls: TLS },
  signalEndpoints: { traces: URL_TEXT, metrics: URL_TEXT, logs: URL_TEXT, profiles: URL_TEXT } satisfies NamesOf<
    Record<Signal, string>
  >,
  auth: { kind: true, token: true, username: true, password: true },
} satisfies NamesOf<EndpointOptions>;

/** The options of a client. */
export const CLIENT_OPTIONS = {
  ...ENDPOINT,
  batch: { maxItems: true, maxBytes: true, maxDelayMillis: true } satisfies NamesOf<BatchOptions>,
  queue: {
    ...{ maxItems: true, maxBytes: true, dropPolicy: true, maxConcurrentRequests: true },
  } satisfies NamesOf<QueueOptions>,
  circuitBreaker: { maxFailures: true, pauseMillis: true } satisfies NamesOf<CircuitBreakerOptions>,
  retry: RETRY,
  ...{ resource: RESOURCE, buffer: BUFFER, transport: TRANSPORT, flushOnExit: FLAG, clock: CLOCK, log: FUNCTION },
  environment: OBJECT,
} satisfies NamesOf<ClientOptions & Pick<MetricExporterOptions, 'environment'>>;

/** The options of an exporter of spans or log records. */
export const EXPORTER_OPTIONS = {
  ...ENDPOINT,
  ...{ url: true, retry: RETRY, concurrencyLimit: true, environment: true },
  ...{ keepAlive: true, httpAgentOptions: true, userAgent: true },
} satisfies NamesOf<ExporterOptions & OfficialOptions & Pick<MetricExporterOptions, 'environment'>>;

/** The options of an exporter of metrics. */
export const METRIC_EXPORTER_OPTIONS = {
  ...EXPORTER_OPTIONS,
  ...{ temporalityPreference: true, aggregationPreference: true },
} satisfies NamesOf<MetricExporterOptions & OfficialOptions>;

function checkOptions(options: object, names: Names, group: string): void {
  if (!isObject(options)) throw wrongType('options', 'an object', options);
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(names, name) ? names[name] : undefined;
    if (check === undefined) throw new OptionError(`${group}${name}: unknown option; ${hint(name, names, group)}`);
    if (check === true || value === undefined) continue;
    const { expected, fits } = check instanceof Expected ? check : OBJECT;
    if (!fits(value)) throw wrongType(group + name, expected, value);
    if (!(check instanceof Expected)) checkOptions(value, check, `${group}${name}.`);
  }
}

/** Objects are shown as `[object …]`, because not all of them can be converted to text. */
function wrongType(option: string, expected: string, got: unknown): OptionError {
  const isObject = typeof got === 'object' && got !== null;
  return optionError(option, expected, isObject ? Object.prototype.toString.call(got) : got);
}

function hint(name: string, names: Names, group: string): string {
  const all = Object.keys(names);
  const closest = all
    .map((other) => ({ other, distance: distanceOf(name.toLowerCase(), other.toLowerCase()) }))
    .reduce((best, each) => (each.distance < best.distance ? each : best));
  const suggestion = closest.distance <= MAX_DISTANCE ? closest.other : all.find((other) => other.startsWith(name));
  return suggestion === undefined ? `known are ${all.toSorted().join(', ')}` : `did you mean ${group}${suggestion}?`;
}

/** Returns the Levenshtein distance of two texts. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (character === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const MAX_DISTANCE = 2;
