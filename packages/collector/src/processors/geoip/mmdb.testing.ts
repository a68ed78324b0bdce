/** Writes MaxMind databases for tests: the format is at https://maxmind.github.io/MaxMind-DB. */

/** A value of a database. Numbers are doubles. */
export type MmdbValue = string | number | Uint32 | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

/** An unsigned integer. */
export class Uint32 {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Encodes a database of records by network, such as `10.0.0.0/8`. IPv4 networks are stored under `::/96`. */
export function writeMmdb(
  databaseType: string,
  networks: Readonly<Record<string, MmdbValue>>,
  ipVersion: 4 | 6 = 6,
): Buffer {
  const data: Buffer[] = [];
  let dataSize = 0;
  const nodes: [Child, Child][] = [[undefined, undefined]];
  for (const [network, value] of Object.entries(networks)) {
    const encoded = encode(value);
    insert(nodes, bitsOf(network, ipVersion), { dataOffset: dataSize });
    data.push(encoded);
    dataSize += encoded.length;
  }
  const tree = Buffer.alloc(nodes.length * 8);
  const recordOf = (child: Child): number => {
    if (child === undefined) return nodes.length;
    return typeof child === 'number' ? child : nodes.length + SEPARATOR + child.dataOffset;
  };
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUInt32BE(recordOf(left), index * 8);
    tree.writeUInt32BE(recordOf(right), index * 8 + 4);
  }
  const metadata = encode({
    binary_format_major_version: new Uint32(2),
    binary_format_minor_version: new Uint32(0),
    build_epoch: new Uint32(1_700_000_000),
    database_type: databaseType,
    description: { en: 'A database for tests' },
    ip_version: new Uint32(ipVersion),
    languages: ['en'],
    node_count: new Uint32(nodes.length),
    record_size: new Uint32(32),
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([tree, Buffer.alloc(SEPARATOR), ...data, marker, metadata]);
}

const SEPARATOR = 16;

/** A child of a node: another node, a record, or none. */
type Child = number | { readonly dataOffset: number } | undefined;

function insert(nodes: [Child, Child][], bits: readonly number[], record: Child): void {
  let node = 0;
  for (const [index, bit] of bits.entries()) {
    const children = nodes[node];
    if (children === undefined) return;
    const side = bit === 1 ? 1 : 0;
    if (index === bits.length - 1) {
      children[side] = record;
      return;
    }
    let child = children[side];
    if (typeof child !== 'number') {
      // A longer prefix splits a shorter one.
      nodes.push([child, child]);
      child = nodes.length - 1;
      children[side] = child;
    }
    node = child;
  }
}

function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address = '', length] = network.split('/');
  const isIpv4 = !address.includes(':');
  const bytes = isIpv4 ? address.split('.').map(Number) : ipv6Bytes(address);
  const bits = bytes.flatMap((byte) => [...byte.toString(2).padStart(8, '0')].map(Number));
  const prefix = isIpv4 && ipVersion === 6 ? Array.from({ length: 96 }, () => 0) : [];
  return [...prefix, ...bits.slice(0, Number(length))];
}

function ipv6Bytes(address: string): number[] {
  const [head = '', tail = ''] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail)];
  const middle = Array.from({ length: 8 - left.length - right.length }, () => 0);
  return [...left, ...middle, ...right].flatMap((group) => [group >>> 8, group & 255]);
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const double = Buffer.alloc(8);
    double.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), double]);
  }
  if (value instanceof Uint32) {
    const integer = Buffer.alloc(4);
    integer.writeUInt32BE(value.value);
    return Buffer.concat([control(6, 4), integer]);
  }
  if (isList(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, each]) => [encode(key), encode(each)])]);
}

function isList(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value);
}

/** Encodes the type and size of a value. Types from 8 on, and sizes from 29 on, take an additional byte. */
function control(type: number, size: number): Buffer {
  const short = Math.min(size, 29);
  const bytes = type < 8 ? [(type << 5) | short] : [short, type - 7];
  return Buffer.from(size < 29 ? bytes : [...bytes, size - 29]);
}
