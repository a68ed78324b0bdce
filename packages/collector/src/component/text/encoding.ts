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

function decodeUtf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
