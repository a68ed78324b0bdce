import { diag } from '@opentelemetry/api';
import { USER_AGENT } from '@otelier/transport';
import type { ClientTlsOptions, Compression } from '@otelier/transport/portable';
import { known, type Names } from '../client/known-options.ts';
import { OptionError, optionError } from '../client/option-error.ts';
import type { Protocol } from '../client/options.ts';
import { type HeaderRecord, type HeaderSource, mergedHeaders } from '../client/with-headers.ts';
import { type AgentOptions, requireKeepAlive, tlsOfAgent } from './agent-tls.ts';
import type { ExporterOptions } from './sender.ts';

/** Options for the opentelemetry-js exporters. Browsers support only `compression`, as in opentelemetry-js. */
export interface OfficialOptions {
  /** Request compression. Default `none`. */
  readonly compression?: OfficialCompression;
  /** Only `true` is allowed, because connections are always reused. */
  readonly keepAlive?: boolean;
  /**
   * TLS options of an agent, such as `ca`, `cert` and `key`. `tls` overrides them. Other agent options and functions
   * are rejected.
   */
  readonly httpAgentOptions?: AgentOptions | ((protocol: string) => unknown);
  /** Prefix of the `user-agent` header, before this library's name. */
  readonly userAgent?: string;
}

/** A compression. These patterns also accept the values of opentelemetry-js's `CompressionAlgorithm` enum. */
export type OfficialCompression = Compression | `none${string}` | `gzip${string}`;

/** Exporter options including those of opentelemetry-js. */
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
  // Other values, such as those accepted by the `compression` patterns, are validated with this library's options.
  return {
    ...rest,
    ...addressOf(rest.url, rest.protocol),
    tls: tlsOf(httpAgentOptions, rest.tls),
    headers: headersOf(rest.headers, userAgent),
  } as unknown as T;
}

/** Alternatives to unsupported opentelemetry-js options. */
const ALTERNATIVES: Readonly<Record<string, string>> = {
  credentials: 'tls for certificates, or an http:// URL for plaintext',
  metadata: 'headers',
  selfObsMeterProvider: 'observeClient with a client instead; exporters have no metrics',
};

/** Returns the option that holds the URL. Only HTTP has paths; with other protocols, `url` is the endpoint. */
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
  // Without TLS options, those from the environment apply.
  return Object.keys(all).length === 0 ? tls : all;
}

function headersOf(given: HeaderSource | undefined, userAgent: string | undefined): HeaderSource | undefined {
  const headers = typeof given === 'object' ? withValues(given) : given;
  return userAgent === undefined ? headers : mergedHeaders(headers, { 'user-agent': `${userAgent} ${USER_AGENT}` });
}

/** Converts header values to strings. Headers without a value, often from unset environment variables, are ignored. */
function withValues(headers: Readonly<Record<string, unknown>>): HeaderRecord {
  const entries = Object.entries(headers).filter(([name, value]) => {
    if (value === undefined) diag.warn(`headers: ${JSON.stringify(name)} has no value; ignored`);
    return value !== undefined;
  });
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
