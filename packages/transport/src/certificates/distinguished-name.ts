import { contentsOf, DER, type DerElement, readChildren, readOid } from '../der.ts';

const ATTRIBUTES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
};

/** Returns the text of a distinguished name, such as `CN=an authority, O=an organization`. Throws for anything else. */
export function readDistinguishedName(bytes: Buffer, name: DerElement | undefined): string {
  const pairs = readChildren(bytes, name, DER.sequence).flatMap((set) => readChildren(bytes, set, DER.set));
  return pairs
    .map((pair) => {
      const [type, value] = readChildren(bytes, pair, DER.sequence);
      const oid = readOid(bytes, type);
      if (value === undefined) throw new Error('expected a distinguished name');
      const text = value.tag === UTF_16 ? utf16(contentsOf(bytes, value)) : contentsOf(bytes, value).toString('utf8');
      return `${ATTRIBUTES[oid] ?? oid}=${text}`;
    })
    .join(', ');
}

/** The tag of `BMPString`, which is big-endian. */
const UTF_16 = 0x1e;

function utf16(bytes: Buffer): string {
  return Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le');
}
