import { diag } from '@opentelemetry/api';
import { USER_AGENT } from '@otelier/transport';
import type { ClientTlsOptions, Compression } from '@otelier/transport/portable';
import { known, type Names } from '../client/known-options.ts';
import { OptionError, optionError } from '../client/option-error.ts';
import type { Protocol } from '../client/options.ts';
import { type HeaderRecord, type HeaderSource, mergedHeaders } from '../client/with-headers.ts';
import { type AgentOptions, requireKeepAlive, tlsOfAgent } from './agent-tls.ts';
import type { ExporterOptions } from './sender.ts';

/** Options of the exporters of opentelemetry-js. Browsers support only `compression`, as theirs do. */
export interface OfficialOptions {
  /** Default `none`. */
  readonly compression?: OfficialCompression;
  /** Only `true` is allowed: connections are always reused. */
  readonly keepAlive?: boolean;
  /**
   * TLS options of an agent, such as `ca`, `cert` and `key`, which `tls` overrides. Other agent options and functions
   * are rejected.
   */
  readonly httpAgentOptions?: AgentOptions | ((protocol: string) => unknown);
  /** Prefix of the `user-agent` header, before the name of this library. */
  readonly userAgent?: string;
}

/** A compression. Patterns, so that the values of the enum `CompressionAlgorithm` of opentelemetry-js are allowed. */
export type OfficialCompression = Compression | `none${string}` | `gzip${string}`;

/** Exporter options, including those of opentelemetry-js. */
export type WithOfficial<T extends ExporterOptions> = Omit<T, 'compression'> & OfficialOptions;

/**
 * Converts the options to those of this library. Throws an `OptionError` that names the first unknown option, or the
 * alternative to an unsupported one.
 */
export function translateOptions<T extends ExporterOptions>(options: WithOfficial<T>, names: Names): T {
  for (const [name, alternative] of Object.entries(ALTERNATIVES)) {
    if (name in options) throw new OptionError(`${name}: not supported; use ${alternative}`);
  }
  const { keepAlive, httpAgentOptions, userAgent, ...rest } = known(options, names);
  requireKeepAlive(keepAlive, 'keepAlive');
  // Remaining values, such as those the patterns of `compression` allow, are checked with the options of this library.
  return {
    ...rest,
    ...addressOf(rest.url, rest.protocol),
    tls: tlsOf(httpAgentOptions, rest.tls),
    headers: headersOf(rest.headers, userAgent),
  } as unknown as T;
}

/** Alternatives to unsupported options of opentelemetry-js. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  credentials: 'tls for certificates, or an http:// URL for plaintext',
  metadata: 'headers',
  selfObsMeterProvider: 'observeClient with a client instead; exporters have no metrics',
};

/** Only HTTP has paths. With other protocols, `url` is the endpoint. */
function addressOf(url: string | undefined, protocol: Protocol = 'http/protobuf'): ExporterOptions {
  return url === undefined || protocol.startsWith('http/') ? {} : { endpoint: url };
}

function tlsOf(
  agent: OfficialOptions['httpAgentOptions'] = {},
  tls: ClientTlsOptions | undefined,
): ClientTlsOptions | undefined {
  if (typeof agent === 'function') {
    throw optionError('httpAgentOptions', 'an object such as { ca, cert, key }', 'a function');
  }
  const all = { ...tlsOfAgent(agent), ...tls };
  // Without TLS options, those of the environment apply.
  return Object.keys(all).length === 0 ? tls : all;
}

function headersOf(given: HeaderSource | undefined, userAgent: string | undefined): HeaderSource | undefined {
  const headers = typeof given === 'object' ? withValues(given) : given;
  return userAgent === undefined ? headers : mergedHeaders(headers, { 'user-agent': `${userAgent} ${USER_AGENT}` });
}

/** Converts headers to text. Headers without a value, often unset environment variables, are ignored. */
function withValues(headers: Readonly<Record<string, unknown>>): HeaderRecord {
  const entries = Object.entries(headers).filter(([name, value]) => {
    if (value === undefined) diag.warn(`headers: ${JSON.stringify(name)} has no value; ignored`);
    return value !== undefined;
  });
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
