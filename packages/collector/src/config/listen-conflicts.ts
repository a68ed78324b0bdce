import { isIP } from 'node:net';
import { type Endpoint, parseEndpoint } from '@otelier/transport/endpoint';
import type { ListenAddress } from '../component/define.ts';

/** An address that a component listens on. */
export interface Listening<Owner> {
  readonly owner: Owner;
  readonly address: ListenAddress;
}

/** Detects addresses that cannot be listened on at the same time. */
export class ListenConflicts<Owner> {
  readonly #byPort = new Map<string, { listening: Listening<Owner>; endpoint: Endpoint }[]>();

  /** Adds an address unless it conflicts with an earlier one, which is then returned. */
  add(listening: Listening<Owner>): Listening<Owner> | undefined {
    const { endpoint: text, transport = 'tcp' } = listening.address;
    const endpoint = parseEndpoint(text);
    const key = endpoint.kind === 'unix' ? 'unix' : `${transport} ${endpoint.port}`;
    const known = this.#byPort.get(key) ?? [];
    const conflict = known.find((other) => conflicts(endpoint, other.endpoint));
    if (conflict !== undefined) return conflict.listening;
    known.push({ listening, endpoint });
    this.#byPort.set(key, known);
    return undefined;
  }
}

function conflicts(a: Endpoint, b: Endpoint): boolean {
  if (a.kind === 'unix' || b.kind === 'unix') return a.kind === 'unix' && b.kind === 'unix' && a.path === b.path;
  // The system chooses a different port for each 0.
  if (a.port !== b.port || a.port === 0) return false;
  const [left, right] = [hostOf(a.host), hostOf(b.host)];
  return left === right || includes(left, right) || includes(right, left);
}

/** Normalizes a host to lower case. `localhost` becomes `127.0.0.1`, and an empty host means all addresses. */
function hostOf(host: string): string {
  const name = host.toLowerCase();
  return name === 'localhost' ? '127.0.0.1' : name === '' ? '::' : name;
}

/** Reports whether an address is a wildcard that covers another. `::` also accepts IPv4 connections. */
function includes(wildcard: string, host: string): boolean {
  return wildcard === '::' || (wildcard === '0.0.0.0' && isIP(host) !== 6);
}
