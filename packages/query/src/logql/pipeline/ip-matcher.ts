import { isIPv4, isIPv6 } from 'node:net';

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Tests whether an address is the wanted one, or in the wanted range. */
type AddressTest = (address: Address) => boolean;

/** Compiles an IP address, a range such as `192.168.0.1-192.168.0.23`, or a network such as `192.168.0.0/16`. */
export function compileIp(pattern: string): AddressTest | undefined {
  const single = parseAddress(pattern);
  if (single !== undefined) return ({ bits, value }) => bits === single.bits && value === single.value;
  const [base = '', length = ''] = pattern.split('/');
  const network = parseAddress(base);
  if (network !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= network.bits) {
    const shift = BigInt(network.bits - Number(length));
    return ({ bits, value }) => bits === network.bits && value >> shift === network.value >> shift;
  }
  const [first, last, ...more] = pattern.split('-').map((part) => parseAddress(part.trim()));
  if (first === undefined || last === undefined || more.length > 0) return undefined;
  if (first.bits !== last.bits || first.value > last.value) return undefined;
  return ({ bits, value }) => bits === first.bits && value >= first.value && value <= last.value;
}

const V4_HINT = /^\d(?:\.|.\.|..\.)/s;
const V6_HINT = /^(?:::[\da-fA-F]|[\da-fA-F]{1,4}:)/;
const V4_CHARACTERS = /[\d.]*/y;
const V6_CHARACTERS = /[\da-fA-F:.]*/y;
/** A longer run of address characters is no address. */
const MAX_ADDRESS = 64;

/** Reports whether a text contains an address that satisfies a test. */
export function containsIp(text: string, test: AddressTest): boolean {
  for (let at = 0; at < text.length; at++) {
    const ahead = text.slice(at, at + 5);
    const isV4 = at + 3 < text.length && V4_HINT.test(ahead);
    if (!isV4 && !V6_HINT.test(ahead)) continue;
    const characters = isV4 ? V4_CHARACTERS : V6_CHARACTERS;
    characters.lastIndex = at;
    const found = characters.exec(text)?.[0] ?? '';
    const address = found.length <= MAX_ADDRESS ? parseAddress(found) : undefined;
    if (address !== undefined && test(address)) return true;
    at += found.length;
  }
  return false;
}

function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { bits: 32, value: v4Value(text) };
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const v4 = /\d+\.\d+\.\d+\.\d+$/.exec(text)?.[0];
  const hex = v4 === undefined ? text : text.slice(0, -v4.length) + hexPair(v4Value(v4));
  const [head = '', tail] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...new Array<string>(Math.max(0, missing)).fill('0'), ...right];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n) };
}

function v4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function hexPair(value: bigint): string {
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
