import { isUtf8 } from 'node:buffer';

/** A text encoding of log files and streams. */
export interface TextEncoding {
  /** Whether the bytes are kept as they are. */
  readonly isBinary: boolean;
  /** Whether the text is UTF-8, so that it needs no conversion. */
  readonly isUtf8: boolean;
  /** The encoded line feed. */
  readonly newline: Buffer;
  /** The encoded carriage return. */
  readonly carriageReturn: Buffer;
  /** Decodes bytes. Invalid ones become U+FFFD. */
  decode(bytes: Uint8Array): string;
}

const UTF8_NAMES = new Set(['', 'utf-8', 'utf8', 'utf-8-raw', 'utf8-raw', 'ascii', 'us-ascii']);

/** Returns the encoding with a name of IANA, or `nop` for bytes; `undefined` if there is none. */
export function textEncoding(name: string): TextEncoding | undefined {
  const lower = name.toLowerCase();
  const ascii = { newline: Buffer.from('\n'), carriageReturn: Buffer.from('\r') };
  if (lower === 'nop') return { ...ascii, isBinary: true, isUtf8: false, decode: (bytes) => String(bytes) };
  if (UTF8_NAMES.has(lower)) return { ...ascii, isBinary: false, isUtf8: true, decode: decodeUtf8 };
  const label = lower === 'utf-16' || lower === 'utf16' ? 'utf-16le' : lower;
  let decoder: InstanceType<typeof TextDecoder>;
  try {
    decoder = new TextDecoder(label, { ignoreBOM: true });
  } catch {
    return undefined;
  }
  const wide: Readonly<Record<string, readonly [string, string]>> = {
    'utf-16le': ['\n\0', '\r\0'],
    'utf-16be': ['\0\n', '\0\r'],
  };
  const [newline, carriageReturn] = wide[decoder.encoding] ?? ['\n', '\r'];
  return {
    isBinary: false,
    isUtf8: false,
    newline: Buffer.from(newline, 'latin1'),
    carriageReturn: Buffer.from(carriageReturn, 'latin1'),
    decode: (bytes) => decoder.decode(bytes),
  };
}

/** Decodes UTF-8. Each invalid byte becomes U+FFFD, as in Go. */
export function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isUtf8(buffer)) return buffer.toString();
  let text = '';
  let valid = 0;
  for (let at = 0; at < buffer.length; ) {
    const length = validLength(buffer, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += `${buffer.toString('utf8', valid, at)}\u{fffd}`;
    at += 1;
    valid = at;
  }
  return text + buffer.toString('utf8', valid);
}

/** Returns the length of the valid character at a position, or 0. */
function validLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}
