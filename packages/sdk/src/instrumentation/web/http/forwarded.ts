import type { IncomingHttpHeaders } from 'node:http';

/** What the proxies in front of a server say about a request. */
export interface Forwarded {
  readonly client: string | undefined;
  readonly scheme: string | undefined;
  readonly host: string | undefined;
}

/** Reads `Forwarded` (RFC 7239), or else `X-Forwarded-For`, `-Proto` and `-Host`. The first proxy's entry counts. */
export function forwarded(headers: IncomingHttpHeaders): Forwarded | undefined {
  const { forwarded: standard } = headers;
  if (standard !== undefined) return parseForwarded(standard);
  const client = headers['x-forwarded-for'];
  const scheme = headers['x-forwarded-proto'];
  const host = headers['x-forwarded-host'];
  if (client === undefined && scheme === undefined && host === undefined) return undefined;
  return { client: withoutPort(first(client)), scheme: knownScheme(first(scheme)), host: first(host) };
}

/** An address and a port, as in a `Host` header. */
export interface HostAndPort {
  readonly address: string;
  readonly port: number | undefined;
}

/** Splits `example.com:8080` and `[::1]:8080`. */
export function hostAndPort(host: string): HostAndPort {
  const colon = host.lastIndexOf(':');
  const port = Number(host.slice(colon + 1));
  const hasPort = colon > host.lastIndexOf(']') && colon > 0 && colon < host.length - 1 && Number.isInteger(port);
  const address = hasPort ? host.slice(0, colon) : host;
  return { address: address.replace(/^\[(.*)\]$/, '$1'), port: hasPort ? port : undefined };
}

function parseForwarded(header: string): Forwarded {
  const entry = first(header) ?? '';
  const field = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;]*))`, 'i')
      .exec(entry)
      ?.slice(1)
      .find((value) => value !== undefined)
      ?.trim();
  return { client: withoutPort(field('for')), scheme: knownScheme(field('proto')), host: field('host') };
}

function first(header: string | readonly string[] | undefined): string | undefined {
  return (typeof header === 'object' ? header[0] : header)?.split(',')[0]?.trim() || undefined;
}

/** Removes the port that some proxies append to the client's address. A bare IPv6 address has none. */
function withoutPort(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const isBareV6 = !address.startsWith('[') && address.indexOf(':') !== address.lastIndexOf(':');
  return isBareV6 ? address : hostAndPort(address).address;
}

/** Returns `http` or `https`. Others are ignored, so that clients cannot create many series. */
function knownScheme(scheme: string | undefined): string | undefined {
  const lower = scheme?.toLowerCase();
  return lower === 'http' || lower === 'https' ? lower : undefined;
}
