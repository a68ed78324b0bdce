import { Agent as PlainAgent } from 'node:http';
import { type AgentOptions, Agent as TlsAgent } from 'node:https';
import type { ClientTls } from '@otelier/transport';

/** Options for `createKeepAliveAgent`. */
export interface KeepAliveOptions {
  /** Time after which an idle connection is closed. Without it, the server closes them. */
  readonly idleMillis?: number;
  /** Reads the TLS settings at start. Changed files are used for the next connection. */
  createTls(): ClientTls;
}

/** Creates an agent that keeps connections to the server of a URL open. Reads the TLS settings only for `https`. */
export function createKeepAliveAgent({ protocol }: URL, { idleMillis, createTls }: KeepAliveOptions): PlainAgent {
  const options = { keepAlive: true, ...(idleMillis !== undefined && { timeout: idleMillis }) };
  return protocol === 'https:' ? new ReloadingAgent(options, createTls()) : new PlainAgent(options);
}

class ReloadingAgent extends TlsAgent {
  readonly #tls: ClientTls;

  constructor(options: AgentOptions, tls: ClientTls) {
    // A resumed session would not verify the certificate of the server again.
    super({ ...options, maxCachedSessions: 0 });
    this.#tls = tls;
  }

  override createConnection(...[options, callback]: Parameters<TlsAgent['createConnection']>) {
    return super.createConnection({ ...options, ...this.#tls.connectOptions() }, callback);
  }
}
