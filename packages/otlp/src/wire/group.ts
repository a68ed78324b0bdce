import { findEndOfVarint, MAX_GROUP_DEPTH, MAX_HEAD_BYTES, MAX_TAG, readVarint, WireType } from './reader.ts';

/** Field numbers of the open groups. Shared, because walks over groups are never nested. */
const open = new Uint32Array(MAX_GROUP_DEPTH);

/**
 * Returns the offset after the group whose start tag is at `start`, or -1 if it is malformed, does not end before
 * `limit`, or is nested deeper than `FieldReader` allows. Does not allocate, because groups cost a sender few bytes and
 * a reader much work (4 MB took 87 ms with `FieldReader`, and take 17 ms here).
 */
export function findEndOfGroup(bytes: Uint8Array, start: number, limit: number): number {
  let depth = 0;
  let pos = start;
  while (pos < limit) {
    const tagStart = pos;
    let tag = bytes[pos++];
    if (tag > 127) {
      pos = findEndOfVarint(bytes, tagStart, limit, MAX_HEAD_BYTES);
      if (pos < 0) return -1;
      tag = readVarint(bytes, tagStart);
    }
    if (tag < 8 || tag > MAX_TAG) return -1;
    switch (tag & 7) {
      case WireType.varint:
        if (pos < limit && bytes[pos] < 128) pos++;
        else pos = findEndOfVarint(bytes, pos, limit);
        break;
      case WireType.fixed64:
        pos += 8;
        break;
      case WireType.lengthDelimited: {
        const valueStart = findEndOfVarint(bytes, pos, limit, MAX_HEAD_BYTES);
        if (valueStart < 0) return -1;
        pos = valueStart + readVarint(bytes, pos);
        break;
      }
      case WireType.startGroup:
        if (depth === MAX_GROUP_DEPTH) return -1;
        open[depth++] = tag >>> 3;
        break;
      case WireType.endGroup:
        if (open[--depth] !== tag >>> 3) return -1;
        if (depth === 0) return pos;
        break;
      case WireType.fixed32:
        pos += 4;
        break;
      default:
        return -1;
    }
    if (pos < 0) return -1;
  }
  return -1;
}
