/**
 * Reads protobuf in place. Requests are validated on arrival, so this module does not check their structure. Reading
 * outside the bytes causes a `RangeError` or an offset out of range, which `assertEnd` detects.
 */

/** Reads an unsigned varint below 2^53. */
export function varint(bytes: Uint8Array, at: number): number {
  let byte = bytes[at++];
  if (byte < 0x80) return byte;
  let value = byte & 0x7f;
  byte = bytes[at++];
  value |= (byte & 0x7f) << 7;
  if (byte < 0x80) return value;
  let scale = 16_384;
  do {
    byte = bytes[at++];
    value += (byte & 0x7f) * scale;
    scale *= 128;
  } while (byte > 0x7f);
  return value;
}

/** Returns the offset after a varint. */
export function varintEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] > 0x7f) at++;
  return at + 1;
}

/** Reads a 64-bit varint into two words: `out[0]` is the low word, `out[1]` the high word. */
export function varint64(bytes: Uint8Array, at: number, out: Uint32Array): void {
  let low = 0;
  let high = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    const bits = byte & 0x7f;
    if (shift < 28) {
      low |= bits << shift;
    } else if (shift === 28) {
      low |= bits << 28;
      high |= bits >>> 4;
    } else {
      high |= bits << (shift - 32);
    }
    if (byte < 0x80) break;
  }
  out[0] = low;
  out[1] = high;
}

/**
 * Returns the offset after a field's value, given the offset after its tag. Groups are not canonical and are rejected.
 */
export function skip(bytes: Uint8Array, at: number, tag: number): number {
  switch (tag & 7) {
    case 0:
      return varintEnd(bytes, at);
    case 1:
      return at + 8;
    case 2:
      return varintEnd(bytes, at) + varint(bytes, at);
    case 5:
      return at + 4;
    default:
      throw new RangeError(`expected a protobuf field, got wire type ${tag & 7} at byte ${at}`);
  }
}

/**
 * Calls back for each field of a message, with its number, wire type, start and end of the value, and start of the
 * field.
 */
export function forEachField(
  bytes: Uint8Array,
  at: number,
  end: number,
  visit: (field: number, wireType: number, from: number, to: number, start: number) => void,
): void {
  while (at < end) {
    const start = at;
    const tag = varint(bytes, at);
    at = varintEnd(bytes, at);
    const next = skip(bytes, at, tag);
    if (next > end || next <= at - 1) throw new RangeError(`field at byte ${start} reaches beyond its message`);
    visit(Math.floor(tag / 8), tag & 7, (tag & 7) === 2 ? varintEnd(bytes, at) : at, next, start);
    at = next;
  }
  assertEnd(at, end);
}

/** Throws unless a message's fields end exactly at the message's end. */
export function assertEnd(at: number, end: number): void {
  if (at !== end) throw new RangeError(`expected a message to end at byte ${end}, its fields end at ${at}`);
}

/** Reads the low 32 bits of a varint as a signed number: an int32, an enum, or the bits of a uint32. */
export function varintLow(bytes: Uint8Array, at: number): number {
  let byte = bytes[at++];
  let value = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
    byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
  }
  return value | 0;
}
