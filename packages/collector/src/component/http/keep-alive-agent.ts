import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import type { HttpRequestOptions } from './http-request.ts';

/** Options for `createKeepAliveAgent`. */
export interface KeepAliveOptions {
  /** Time after which an idle connection is closed. Without it, the server closes them. */
  readonly idleMillis?: number;
  /** Reads the TLS settings at start. */
  createTls(): NonNullable<HttpRequestOptions['tls']>;
}

/** Creates an agent that keeps connections to the server of a URL open. Reads the TLS settings only for `https`. */
export function createKeepAliveAgent({ protocol }: URL, { idleMillis, createTls }: KeepAliveOptions): PlainAgent {
  const options = { keepAlive: true, ...(idleMillis !== undefined && { timeout: idleMillis }) };
  return protocol === 'https:' ? new TlsAgent({ ...options, ...createTls() }) : new PlainAgent(options);
}
