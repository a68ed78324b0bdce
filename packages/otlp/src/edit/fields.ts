import { findField, forEachPayload } from '../wire/find.ts';
import { FieldReader } from '../wire/reader.ts';
import { varintSize } from '../wire/tag-writer.ts';
import type { Splices } from './splices.ts';

/**
 * Records that the singular `field` of the message `[start, end)` is replaced by `content`: a complete field with its
 * tag, as written by `WireWriter`, or `undefined` to remove the field. A missing field is appended.
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
 * Records the removal of the messages in the repeated `field` of the message `[start, end)`, such as a span's events,
 * for which `keep` returns false. Returns the number of removed messages.
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
