import { isIPv6 } from 'node:net';
import type { CatalogName } from './catalog/names.ts';
import type { Pseudonyms } from './pseudonyms/pseudonyms.ts';

/** How a value of the catalog is masked. */
export const MASK_METHODS = ['mask', 'remove', 'keep_last_4', 'truncate', 'pseudonym', 'keep_format'] as const;

/** The name of a method. */
export type MaskMethod = (typeof MASK_METHODS)[number];

/** Reports whether a method needs the key for pseudonyms. */
export function needsKey(method: MaskMethod): boolean {
  return method === 'pseudonym' || method === 'keep_format';
}

/** Masks a value by a method. `mask` is what the hash function of the processor does. */
export function maskBy(
  method: MaskMethod,
  kind: CatalogName,
  text: string,
  mask: (text: string) => string,
  pseudonyms: Pseudonyms,
): string {
  switch (method) {
    case 'mask':
      return mask(text);
    case 'remove':
      return '';
    case 'keep_last_4':
      return keepLast(text, 4);
    case 'truncate':
      return truncated(kind, text) ?? mask(text);
    case 'pseudonym':
      return pseudonyms.pseudonym(kind, text);
    case 'keep_format':
      return pseudonyms.keepFormat(kind, text);
  }
}

/** Replaces all letters and digits but the last ones by asterisks. Of short values, at most a third remains. */
function keepLast(text: string, count: number): string {
  const characters = [...text];
  const total = characters.filter((char) => /[\p{L}\p{N}]/u.test(char)).length;
  let hidden = total - Math.min(count, Math.floor(total / 3));
  return characters.map((char) => (/[\p{L}\p{N}]/u.test(char) && hidden-- > 0 ? '*' : char)).join('');
}

/** Removes the part of an address that identifies a device: IPv4 keeps 24 bits, IPv6 48 bits, MAC its vendor, e-mail its domain. */
function truncated(kind: CatalogName, text: string): string | undefined {
  switch (kind) {
    case 'ipv4':
      return text.replace(/\d+$/, '0');
    case 'ipv6':
      return truncatedIpv6(text);
    case 'mac':
      return text.replace(/[0-9a-f]/gi, (digit, at: number) => (isInFirstHalf(text, at) ? digit : '0'));
    case 'email':
      return `*${/(?:@|%40|\\u0040).*$/s.exec(text)?.[0] ?? ''}`;
    default:
      return undefined;
  }
}

function isInFirstHalf(text: string, at: number): boolean {
  return text.slice(0, at).replace(/[^0-9a-f]/gi, '').length < 6;
}

function truncatedIpv6(text: string): string | undefined {
  const address = text.split('%')[0] ?? '';
  if (!isIPv6(address)) return undefined;
  // An embedded IPv4 address is in the part that is removed.
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => '0');
  const kept = [...first, ...zeros, ...last].slice(0, 3);
  return `${kept.join(':')}::`;
}
