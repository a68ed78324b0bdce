import { createHash, createHmac } from 'node:crypto';
import { compilePattern, type Pattern } from '@otelier/query/pattern';

/** Hash functions for masked values. */
export const HASH_FUNCTIONS = ['', 'md5', 'sha1', 'sha3', 'hmac-sha256', 'hmac-sha512'] as const;

/** A hash function for masked values; the empty one replaces them with asterisks. */
export type HashFunction = (typeof HASH_FUNCTIONS)[number];

const ASTERISKS = '****';
const whole = compilePattern('.*');

/** Returns a function that masks a string. */
export function maskOf(hashFunction: HashFunction, hmacKey: string): (text: string) => string {
  switch (hashFunction) {
    case '':
      return () => ASTERISKS;
    case 'sha3':
      return (text) => createHash('sha3-256').update(text).digest('hex');
    case 'hmac-sha256':
    case 'hmac-sha512':
      return (text) => createHmac(hashFunction.slice('hmac-'.length), hmacKey).update(text).digest('hex');
    default:
      return (text) => createHash(hashFunction).update(text).digest('hex');
  }
}

/** Masks each match of a pattern. */
export function maskMatches(text: string, pattern: Pattern, mask: (text: string) => string): string {
  let out = '';
  let at = 0;
  for (const { start, end } of pattern.matches(text)) {
    out += text.slice(at, start) + mask(text.slice(start, end));
    at = end;
  }
  return out + text.slice(at);
}

/** Masks each line of a string. */
export function maskAll(text: string, mask: (text: string) => string): string {
  return maskMatches(text, whole, mask);
}
