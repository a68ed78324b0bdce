/** An element of DER (ITU-T X.690), in the bytes that contain it. */
export interface DerElement {
  readonly tag: number;
  /** Where the element begins. */
  readonly at: number;
  /** Of its contents. */
  readonly start: number;
  readonly end: number;
}

/** Tags of DER. */
export const DER = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
  /** A constructed element with a number that the context defines. */
  context: (number: number) => 0xa0 | number,
  /** A primitive one. */
  value: (number: number) => 0x80 | number,
} as const;

/** Returns the elements of DER between two positions. Throws for anything else. */
export function readElements(bytes: Buffer, from = 0, to = bytes.length): readonly DerElement[] {
  const elements: DerElement[] = [];
  for (let at = from; at < to; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    // The short form has the length itself, the long form the number of bytes that have it.
    const size = first < 0x80 ? 0 : first & 0x7f;
    if (at + 2 + size > to || size > 4 || first === 0x80) throw new Error('expected an element of DER');
    const start = at + 2 + size;
    const end = start + (size === 0 ? first & 0x7f : bytes.readUIntBE(at + 2, size));
    if (end > to) throw new Error('expected an element of DER');
    elements.push({ tag, at, start, end });
    at = end;
  }
  return elements;
}

/** Returns the elements in an element. Throws if it is missing, has another tag, or does not contain elements. */
export function readChildren(bytes: Buffer, element: DerElement | undefined, tag: number): readonly DerElement[] {
  if (element?.tag !== tag) throw new Error(`expected an element of DER with the tag ${tag}, got ${element?.tag}`);
  return readElements(bytes, element.start, element.end);
}

/** Returns the contents of an element. */
export function contentsOf(bytes: Buffer, { start, end }: DerElement): Buffer {
  return bytes.subarray(start, end);
}

/** Returns an element with its tag and length. */
export function wholeOf(bytes: Buffer, { at, end }: DerElement): Buffer {
  return bytes.subarray(at, end);
}

/** Parses an element of a time: `261201203000Z`, in which years from 50 are of the last century, or `20261201203000Z`. */
export function readTime(bytes: Buffer, { tag, start, end }: DerElement): Date | undefined {
  if (tag !== DER.utcTime && tag !== DER.time) return undefined;
  const text = bytes.toString('latin1', start, end);
  const full = tag === DER.time ? text : `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}`;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as [number, ...number[]];
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second));
}

/** Reads an object identifier such as `2.5.29.17`. Throws for anything else. */
export function readOid(bytes: Buffer, element: DerElement | undefined): string {
  if (element?.tag !== DER.oid) throw new Error(`expected an object identifier, got ${element?.tag}`);
  const numbers: number[] = [];
  let number = 0;
  for (const byte of contentsOf(bytes, element)) {
    number = number * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(number);
      number = 0;
    }
  }
  const [head = 0, ...rest] = numbers;
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join('.');
}

/** Writes an element. */
export function writeElement(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const length = contents.reduce((sum, part) => sum + part.length, 0);
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), ...contents]);
  const size = Math.ceil(length.toString(16).length / 2);
  const head = Buffer.alloc(2 + size);
  head[0] = tag;
  head[1] = 0x80 | size;
  head.writeUIntBE(length, 2, size);
  return Buffer.concat([head, ...contents]);
}

/** Writes an integer from its bytes, big-endian and not negative. */
export function writeInteger(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
  const short = bytes.subarray(from);
  return writeElement(DER.integer, (short[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0), short);
}

/** Writes an object identifier such as `2.5.29.17`. */
export function writeOid(oid: string): Buffer {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return writeElement(DER.oid, Buffer.from(bytes));
}

/** Writes a string of whole bytes as bits. */
export function writeBitString(bytes: Uint8Array): Buffer {
  return writeElement(DER.bitString, Buffer.from([0]), bytes);
}

/** Writes a time as certificates have it: in two digits of the year before 2050. */
export function writeTime(millis: number): Buffer {
  const digits = new Date(millis).toISOString().replace(/[-:T]|\.\d+/g, '');
  return Number(digits.slice(0, 4)) < 2050
    ? writeElement(DER.utcTime, Buffer.from(digits.slice(2)))
    : writeElement(DER.time, Buffer.from(digits));
}

/** Encodes DER as PEM. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
