import { findField, forEachPayload } from '../wire/find.ts';
import { FieldReader } from '../wire/reader.ts';
import { varintSize } from '../wire/writer.ts';
import type { Splices } from './splices.ts';

/**
 * Records that the singular `field` of the message `[start, end)` becomes `content`: a whole field, tag included, as
 * `WireWriter` makes it, or `undefined` to leave the field out. A field that is not there yet is put at the end.
 */
export function replaceField(
  splices: Splices,
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  content: Uint8Array | undefined,
): void {
  const value = findField(bytes, start, end, field);
  if (value < 0) {
    if (content !== undefined) splices.insert(end, content);
    return;
  }
  const reader = new FieldReader(bytes, value - varintSize(field * 8), end);
  reader.next();
  if (content === undefined) splices.remove(reader.start, reader.end);
  else splices.replace(reader.start, reader.end, content);
}

/**
 * Records that of the messages which the message `[start, end)` holds in its repeated `field`, such as a span's events,
 * those are left out for which `keep` is false. Returns how many.
 */
export function dropFromList(
  splices: Splices,
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  keep: (start: number, end: number) => boolean,
): number {
  let dropped = 0;
  forEachPayload(bytes, start, end, field, (from, to, fieldStart) => {
    if (keep(from, to)) return;
    splices.remove(fieldStart, to);
    dropped++;
  });
  return dropped;
}
