/** CRC-32C (Castagnoli), reflected. */
const POLYNOMIAL = 0x82f63b78;

let table: Uint32Array | undefined;

/** Returns the CRC-32C of the bytes. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  table ??= createTable();
  let crc = 0xffffffff;
  for (let at = start; at < end; at++) crc = (table[(crc ^ bytes[at]) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Returns the masked CRC-32C of the bytes, as stored in the snappy framing format. */
export function maskedCrc32c(bytes: Uint8Array, start: number, end: number): number {
  const crc = crc32c(bytes, start, end);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function createTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}
