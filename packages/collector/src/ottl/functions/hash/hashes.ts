import { createHash } from 'node:crypto';
import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { text } from '../../compile/parameters.ts';
import type { Value } from '../../values/value.ts';
import { murmur3, murmur3of128 } from './murmur3.ts';
import { xxh3, xxh128 } from './xxh3.ts';

/** Converters that hash strings. */
export const HASHES: readonly FunctionDefinition[] = [
  hash('FNV', fnv1a),
  hash('MD5', (bytes) => createHash('md5').update(bytes).digest('hex')),
  hash('SHA1', (bytes) => createHash('sha1').update(bytes).digest('hex')),
  hash('SHA256', (bytes) => createHash('sha256').update(bytes).digest('hex')),
  hash('SHA512', (bytes) => createHash('sha512').update(bytes).digest('hex')),
  hash('Murmur3Hash', murmur3),
  hash('Murmur3Hash128', murmur3of128),
  hash('XXH3', (bytes) => hex64(xxh3(bytes))),
  hash('XXH128', (bytes) => xxh128(bytes).map(hex64).join('')),
];

function hash(name: string, digest: (bytes: Uint8Array) => Value): FunctionDefinition {
  return defineFunction(
    name,
    { target: text() },
    ({ target }) =>
      (subject) =>
        digest(Buffer.from(target(subject))),
  );
}

function hex64(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

const FNV_PRIME = 0x100_0000_01b3n;

/** Returns the 64-bit FNV-1a hash as an int64. */
function fnv1a(bytes: Uint8Array): bigint {
  let result = 0xcbf2_9ce4_8422_2325n;
  for (const byte of bytes) result = BigInt.asUintN(64, (result ^ BigInt(byte)) * FNV_PRIME);
  return BigInt.asIntN(64, result);
}
