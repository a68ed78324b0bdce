import type { TagWriter } from '@otelier/otlp';

/** Writes a 64-bit integer without a tag, negative ones in two's complement. */
export function writeVarint64(writer: TagWriter, value: number): void {
  let low = value >>> 0;
  let high = Math.floor(value / 0x1_0000_0000) >>> 0;
  writer.reserve(10);
  while (high > 0) {
    writer.bytes[writer.length++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  writer.varint(low);
}

/** Writes a double without a tag. */
export function writeDouble(writer: TagWriter, value: number): void {
  writer.reserve(8);
  writer.view.setFloat64(writer.length, value, true);
  writer.length += 8;
}

/** Writes a 64-bit integer as eight little-endian bytes without a tag, negative ones in two's complement. */
export function writeFixed64(writer: TagWriter, value: number): void {
  writer.reserve(8);
  writer.view.setUint32(writer.length, value >>> 0, true);
  writer.view.setUint32(writer.length + 4, Math.floor(value / 0x1_0000_0000) >>> 0, true);
  writer.length += 8;
}
