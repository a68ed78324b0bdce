import { reverse } from 'node:dns/promises';

/** A host and a port. */
export interface Address {
  /** `undefined` for all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Parses an address such as `0.0.0.0:514`, `[::1]:514` or `:514`; `undefined` if it is none. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) return undefined;
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port };
}

/** Returns an IP address without the prefix of one of version 4 in version 6. */
export function plainIp(ip: string): string {
  return ip.replace(/^::ffff:/, '');
}

const MAX_NAMES = 10_000;
const names = new Map<string, string>();

/** Returns the name of an IP address, or the address if it has none. */
export async function nameOfIp(ip: string): Promise<string> {
  const known = names.get(ip);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) names.clear();
  const found = await reverse(ip).then(
    ([name]) => name,
    () => undefined,
  );
  const name = found ?? ip;
  names.set(ip, name);
  return name;
}

/** Returns the attributes of an address: `net.peer.ip`, `net.peer.port` and `net.peer.name`. */
export async function addressAttributes(
  side: 'peer' | 'host',
  ip: string,
  port: number,
  resolvesNames: boolean,
): Promise<readonly (readonly [string, string])[]> {
  const plain = plainIp(ip);
  const attributes: [string, string][] = [
    [`net.${side}.ip`, plain],
    [`net.${side}.port`, String(port)],
  ];
  if (resolvesNames) attributes.push([`net.${side}.name`, await nameOfIp(plain)]);
  return attributes;
}
