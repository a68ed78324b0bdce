import { crc32 } from 'node:zlib';

/**
 * Metadata key of the checksums for which Parquet has no field. The checksums of page bodies are in the page headers.
 * `headers` covers the magic and all page headers, `attachment` the attachment, and `footer` the footer itself, so that
 * every byte of the file is covered.
 */
export const CHECKSUMS_KEY = 'otelier.checksums';

/** Placeholder for the footer's checksum, which is computed over the footer including this placeholder. */
const UNKNOWN = '00000000';
const MARK = '"footer":"';

/** The checksums of a file's parts other than page bodies and footer. */
export interface FileChecksums {
  readonly headers: number;
  readonly attachment: number;
}

/** Returns the metadata value before the footer's own checksum is known. */
export function checksumsOf({ headers, attachment }: FileChecksums): string {
  return `{"headers":"${hex(headers)}","attachment":"${hex(attachment)}",${MARK}${UNKNOWN}"}`;
}

/** Writes the footer's checksum into the footer. */
export function sealFooter(footer: Uint8Array): void {
  const at = placeOf(footer);
  if (at === undefined) throw new Error('the footer has no place for its checksum');
  Buffer.from(footer.buffer, footer.byteOffset, footer.length).write(hex(crc32(footer)), at, 'latin1');
}

/** Reports whether the footer is intact; `undefined` if it has no checksum. */
export function isFooterWhole(footer: Uint8Array): boolean | undefined {
  const at = placeOf(footer);
  if (at === undefined) return undefined;
  const unsealed = Buffer.from(footer);
  const stored = unsealed.toString('latin1', at, at + UNKNOWN.length);
  unsealed.write(UNKNOWN, at, 'latin1');
  return stored === hex(crc32(unsealed));
}

/** Parses the metadata value. Returns `undefined` if it is malformed. */
export function parseChecksums(value: string): FileChecksums | undefined {
  const [, headers, attachment] = VALUE.exec(value) ?? [];
  if (headers === undefined || attachment === undefined) return undefined;
  return { headers: Number.parseInt(headers, 16), attachment: Number.parseInt(attachment, 16) };
}

const VALUE = /^\{"headers":"([0-9a-f]{8})","attachment":"([0-9a-f]{8})","footer":"[0-9a-f]{8}"\}$/;

function placeOf(footer: Uint8Array): number | undefined {
  const bytes = Buffer.from(footer.buffer, footer.byteOffset, footer.length);
  const key = bytes.lastIndexOf(CHECKSUMS_KEY);
  const mark = key < 0 ? -1 : bytes.indexOf(MARK, key);
  if (mark < 0 || mark + MARK.length + UNKNOWN.length > bytes.length) return undefined;
  return mark + MARK.length;
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
