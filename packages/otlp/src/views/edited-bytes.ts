import { viewOf } from '../edit/copy-run.ts';
import type { Splices } from '../edit/splices.ts';

/**
 * Arrays into which setters of views write the edited messages, one after another. An array of its own for each setter takes
 * as long as the setter itself. The garbage collector frees one once no view and no request uses it.
 */
const ARRAY_BYTES = 64 * 1024;
/** Larger messages have their own arrays, because they are copied into few. */
const MAX_BYTES = 8 * 1024;

/** The array in use. */
let bytes = new Uint8Array();
let view = viewOf(bytes);
let used = 0;

/** The place of an edited message. */
export interface EditedBytes {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Moves a message to a copy of itself with changes. */
export function moveToEdited(message: EditedBytes, splices: Splices): void {
  const { start, end } = message;
  const size = splices.sizeOf(start, end);
  if (size > MAX_BYTES) {
    message.bytes = splices.apply(message.bytes, start, end);
    message.start = 0;
    message.end = message.bytes.length;
    return;
  }
  const sourceView = message.bytes === bytes ? view : viewOf(message.bytes);
  if (used + size > bytes.length) {
    bytes = new Uint8Array(ARRAY_BYTES);
    view = viewOf(bytes);
    used = 0;
  }
  splices.applyTo(message.bytes, sourceView, start, end, bytes, view, used);
  message.bytes = bytes;
  message.start = used;
  message.end = used + size;
  used += size;
}
