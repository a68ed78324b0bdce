const BLOCK = /-----BEGIN X509 CRL-----[\s\S]*?-----END X509 CRL-----/g;
/** The first byte of a `SEQUENCE` in DER. */
const SEQUENCE = 0x30;

/** Splits the contents of a file with revocation lists, in PEM or one in DER, into lists in PEM. */
export function splitRevocationLists(bytes: Buffer): readonly string[] {
  if (bytes[0] !== SEQUENCE || bytes.includes('-----BEGIN ')) return bytes.toString('latin1').match(BLOCK) ?? [];
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`];
}

/**
 * Returns when the issuer of a list in PEM publishes the next one (`nextUpdate`), after which the list is not accepted; `undefined` if it
 * does not say. Throws for anything but a list.
 */
export function nextUpdateOf(pem: string): Date | undefined {
  const bytes = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const [list] = elementsIn(bytes, 0, bytes.length);
  const [signed] = list === undefined ? [] : elementsIn(bytes, list.start, list.end);
  if (signed?.tag !== SEQUENCE) throw new Error('expected a revocation list');
  const times = elementsIn(bytes, signed.start, signed.end).filter(({ tag }) => tag === UTC_TIME || tag === TIME);
  const [, next] = times;
  return next === undefined ? undefined : dateOf(next.tag, bytes.toString('latin1', next.start, next.end));
}

const UTC_TIME = 0x17;
const TIME = 0x18;

interface Element {
  readonly tag: number;
  /** Of its contents. */
  readonly start: number;
  readonly end: number;
}

/** Returns the elements of DER between two positions. */
function elementsIn(bytes: Buffer, from: number, to: number): readonly Element[] {
  const elements: Element[] = [];
  for (let at = from; at < to; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    // The short form has the length itself, the long form the number of bytes that have it.
    const size = first < 0x80 ? 0 : first & 0x7f;
    if (size > 4 || at + 2 + size > to) throw new Error('expected an element of DER');
    const start = at + 2 + size;
    const end = start + (size === 0 ? first & 0x7f : bytes.readUIntBE(at + 2, size));
    if (end > to) throw new Error('expected an element of DER');
    elements.push({ tag, start, end });
    at = end;
  }
  return elements;
}

/** Parses `261201203000Z`, in which years from 50 are of the last century, or `20261201203000Z`. */
function dateOf(tag: number, text: string): Date | undefined {
  const full = tag === TIME ? text : `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}`;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match.map(Number) as [number, ...number[]];
  return new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second));
}
