import { isIPv4, isIPv6 } from 'node:net';
import { encodeHex } from '@otelier/otlp';

/** Returns the canonical form of an IP address, or `undefined` if the text is none. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  // The URL standard compresses addresses as RFC 5952 does.
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
  if (mapped === null) return canonical;
  const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Formats the bytes of an IP address, as Go does: other lengths than 4 and 16 in hexadecimal. */
export function addressOfBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  if (bytes.length === 4) return bytes.join('.');
  const digits = encodeHex(bytes);
  if (bytes.length !== 16) return `?${digits}`;
  return canonicalAddress((digits.match(/.{4}/g) ?? []).join(':')) ?? digits;
}

/** Returns the 16 bytes of a canonical address. Those of IPv4 are mapped to IPv6, as Go represents them. */
export function bytesOfAddress(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from([...MAPPED, ...address.split('.').map(Number)]);
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = new Array<number>(Math.max(0, 8 - before.length - after.length)).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
