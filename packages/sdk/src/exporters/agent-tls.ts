import type { AgentOptions as HttpAgentOptions } from 'node:http';
import type { AgentOptions as HttpsAgentOptions } from 'node:https';
import type { ClientTlsOptions } from '@otelier/transport/portable';
import { OptionError, optionError } from '../client/option-error.ts';

/** Options for a Node HTTP agent. */
export type AgentOptions = HttpAgentOptions | HttpsAgentOptions;

/**
 * Converts agent options to TLS options. Throws an `OptionError` for options that have no equivalent, because agents
 * are not used.
 */
export function tlsOfAgent(options: AgentOptions): ClientTlsOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.assign({}, ...given.map(([name, value]) => tlsOptionOf(name, value)));
}

function tlsOptionOf(name: string, value: unknown): ClientTlsOptions {
  const convert = Object.hasOwn(CONVERTERS, name) ? CONVERTERS[name] : undefined;
  if (convert !== undefined) return convert(value, `httpAgentOptions.${name}`);
  const hint = Object.hasOwn(ALTERNATIVES, name)
    ? `use ${ALTERNATIVES[name]}`
    : `known are ${Object.keys(CONVERTERS).join(', ')}`;
  throw new OptionError(`httpAgentOptions.${name}: not supported; ${hint}`);
}

const CONVERTERS: Readonly<Record<string, (value: unknown, option: string) => ClientTlsOptions>> = {
  keepAlive(value, option) {
    requireKeepAlive(value, option);
    return {};
  },
  ca: (value, option) => ({ caPem: pemOf(value, option) }),
  cert: (value, option) => ({ certPem: pemOf(value, option) }),
  key: (value, option) => ({ keyPem: pemOf(value, option) }),
  rejectUnauthorized: (value) => ({ insecureSkipVerify: value === false }),
  servername: (value) => ({ serverNameOverride: String(value) }),
  minVersion: (value, option) => ({ minVersion: versionOf(value, option) }),
  maxVersion: (value, option) => ({ maxVersion: versionOf(value, option) }),
  ciphers: (value) => ({ cipherSuites: String(value).split(':') }),
  ecdhCurve: (value) => ({ curvePreferences: String(value).split(':') }),
};

const ALTERNATIVES: Readonly<Record<string, string>> = {
  maxSockets: 'concurrencyLimit',
  maxTotalSockets: 'concurrencyLimit',
  timeout: 'timeoutMillis',
  pfx: 'cert and key, in PEM',
  passphrase: 'a key without one',
  socketPath: 'endpoint: "unix:/path"',
};

/** Throws an `OptionError` if the value is `false`, because connections are always reused. */
export function requireKeepAlive(value: unknown, option: string): void {
  if (value === false) throw optionError(option, 'true, because connections are always reused', value);
}

function pemOf(value: unknown, option: string): string {
  return [value]
    .flat()
    .map((each) => textOf(each, option))
    .join('\n');
}

function textOf(value: unknown, option: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw optionError(option, 'PEM as a string or buffer, or a list of these', value);
}

function versionOf(value: unknown, option: string): '1.2' | '1.3' {
  if (value === 'TLSv1.2') return '1.2';
  if (value === 'TLSv1.3') return '1.3';
  throw optionError(option, 'TLSv1.2 or TLSv1.3', value);
}
