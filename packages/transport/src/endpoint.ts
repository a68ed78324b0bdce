import { BlockList, isIP } from 'node:net';
/** An address to listen on or connect to. */
export type Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Thrown at creation for an endpoint that cannot be parsed. */
export class EndpointError extends Error {
  override readonly name = 'EndpointError';
}

/**
 * Parses `127.0.0.1:4317`, `[::1]:4317`, `localhost:4317`, `:4317` (all addresses) or `unix:/path`. Throws
 * `EndpointError`.
 */
export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '') throw malformed(text);
    return { kind: 'unix', path };
  }
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]/\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw malformed(text);
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
}

/** Formats an endpoint in the syntax accepted by `parseEndpoint`. */
export function formatEndpoint(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return `unix:${endpoint.path}`;
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}

function malformed(text: string): EndpointError {
  return new EndpointError(`endpoint: expected host:port, [ipv6]:port or unix:/path, got "${text}"`);
}

/** Returns the addresses that are part of networks. Throws a `RangeError` for an invalid one. */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length, ...others] = network.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const prefix = length === undefined ? bits : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
    if (version === 0 || others.length > 0 || !(prefix <= bits)) {
      throw new RangeError(`expected an address or network such as 10.0.0.0/8, got "${network}"`);
    }
    list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
