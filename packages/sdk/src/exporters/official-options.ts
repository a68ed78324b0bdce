import { diag } from '@opentelemetry/api';
import { USER_AGENT } from '@otelier/transport';
import type { ClientTlsOptions, Compression } from '@otelier/transport/portable';
import { known, type Names } from '../client/known-options.ts';
import { OptionError, optionError } from '../client/option-error.ts';
import type { Protocol } from '../client/options.ts';
import { type HeaderRecord, type HeaderSource, mergedHeaders } from '../client/with-headers.ts';
import { type AgentOptions, requireKeepAlive, tlsOfAgent } from './agent-tls.ts';
import type { ExporterOptions } from './sender.ts';

/** Options that the exporters of opentelemetry-js have. In pages only `compression` counts, as with theirs. */
export interface OfficialOptions {
  /** Default `none`. */
  readonly compression?: OfficialCompression;
  /** Only `true`: connections are always kept. */
  readonly keepAlive?: boolean;
  /** What an agent is told of TLS, as `ca`, `cert`, `key`; `tls` counts more. Other options of agents, and functions, are refused. */
  readonly httpAgentOptions?: AgentOptions | ((protocol: string) => unknown);
  /** Put before this library's name in the header `user-agent`. */
  readonly userAgent?: string;
}

/** A compression. Patterns, for so the values of the enum `CompressionAlgorithm` of opentelemetry-js fit. */
export type OfficialCompression = Compression | `none${string}` | `gzip${string}`;

/** Options with those of opentelemetry-js among them. */
export type WithOfficial<T extends ExporterOptions> = Omit<T, 'compression'> & OfficialOptions;

/**
 * The options in the words of this library; throws an `OptionError` that names the first that is not known, or says what to use in place of one
 * that only opentelemetry-js has.
 */
export function translated<T extends ExporterOptions>(options: WithOfficial<T>, names: Names): T {
  for (const [name, instead] of Object.entries(INSTEAD)) {
    if (name in options) throw new OptionError(`${name}: not supported; use ${instead}`);
  }
  const { keepAlive, httpAgentOptions, userAgent, ...rest } = known(options, names);
  requireKeepAlive(keepAlive, 'keepAlive');
  // What is left to check, as what the patterns of `compression` let through, is checked with the options of this library.
  return {
    ...rest,
    ...addressOf(rest.url, rest.protocol),
    tls: tlsOf(httpAgentOptions, rest.tls),
    headers: headersOf(rest.headers, userAgent),
  } as unknown as T;
}

/** What takes the place of options that only opentelemetry-js has. */
const INSTEAD: Readonly<Record<string, string>> = {
  credentials: 'tls for certificates, and http:// in the address to speak without TLS',
  metadata: 'headers',
  selfObsMeterProvider: 'none: exporters measure nothing',
};

/** Only HTTP has paths, so elsewhere the address of a signal is that of the server. */
function addressOf(url: string | undefined, protocol: Protocol = 'http/protobuf'): ExporterOptions {
  return url === undefined || protocol.startsWith('http/') ? {} : { endpoint: url };
}

function tlsOf(
  agent: OfficialOptions['httpAgentOptions'] = {},
  tls: ClientTlsOptions | undefined,
): ClientTlsOptions | undefined {
  if (typeof agent === 'function') {
    throw optionError('httpAgentOptions', 'an object such as { ca, cert, key }, for there are no agents', 'a function');
  }
  const all = { ...tlsOfAgent(agent), ...tls };
  // Options without a word of TLS leave it to the environment.
  return Object.keys(all).length === 0 ? tls : all;
}

function headersOf(given: HeaderSource | undefined, userAgent: string | undefined): HeaderSource | undefined {
  const headers = typeof given === 'object' ? withValues(given) : given;
  return userAgent === undefined ? headers : mergedHeaders(headers, { 'user-agent': `${userAgent} ${USER_AGENT}` });
}

/** Headers as text. One without a value is left out: often it is a variable of the environment that is not set. */
function withValues(headers: Readonly<Record<string, unknown>>): HeaderRecord {
  const entries = Object.entries(headers).filter(([name, value]) => {
    if (value === undefined) diag.warn(`headers: ${JSON.stringify(name)} has no value; left out`);
    return value !== undefined;
  });
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
