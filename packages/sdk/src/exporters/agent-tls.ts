import type { AgentOptions as HttpAgentOptions } from 'node:http';
import type { AgentOptions as HttpsAgentOptions } from 'node:https';
import type { ClientTlsOptions } from '@otelier/transport/portable';
import { OptionError, optionError } from '../client/option-error.ts';

/** What agents of Node are told. */
export type AgentOptions = HttpAgentOptions | HttpsAgentOptions;

/** What the options of an agent mean for TLS; throws an `OptionError` for those that mean nothing here, since there are no agents. */
export function tlsOfAgent(options: AgentOptions): ClientTlsOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.assign({}, ...given.map(([name, value]) => meaningOf(name, value)));
}

function meaningOf(name: string, value: unknown): ClientTlsOptions {
  const meaning = Object.hasOwn(MEANINGS, name) ? MEANINGS[name] : undefined;
  if (meaning !== undefined) return meaning(value, `httpAgentOptions.${name}`);
  const instead = Object.hasOwn(INSTEAD, name)
    ? `use ${INSTEAD[name]}`
    : `known are ${Object.keys(MEANINGS).join(', ')}`;
  throw new OptionError(`httpAgentOptions.${name}: not supported; ${instead}`);
}

const MEANINGS: Readonly<Record<string, (value: unknown, option: string) => ClientTlsOptions>> = {
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

const INSTEAD: Readonly<Record<string, string>> = {
  maxSockets: 'concurrencyLimit',
  maxTotalSockets: 'concurrencyLimit',
  timeout: 'timeoutMillis',
  pfx: 'cert and key, in PEM',
  passphrase: 'a key without one',
  socketPath: 'endpoint: "unix:/path"',
};

/** Throws an `OptionError` for `false`: connections are kept, and replaced when the server has closed them. */
export function requireKeepAlive(value: unknown, option: string): void {
  if (value === false)
    throw optionError(option, 'true, for connections are kept, and replaced when they are stale', value);
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
  throw optionError(option, 'PEM as text or a buffer, or a list of these', value);
}

function versionOf(value: unknown, option: string): '1.2' | '1.3' {
  if (value === 'TLSv1.2') return '1.2';
  if (value === 'TLSv1.3') return '1.3';
  throw optionError(option, 'TLSv1.2 or TLSv1.3', value);
}
