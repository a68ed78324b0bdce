/** Reports whether the byte starts a character. */
export function isCharacterStart(byte: number | undefined): boolean {
  return byte === undefined || (byte & 0xc0) !== 0x80;
}

/** Returns the first `length` bytes of a string. With `safe`, a character that would be split is dropped. */
export function truncateText(text: string, length: number, safe: boolean): string {
  const bytes = Buffer.from(text);
  let end = length;
  if (safe) while (end > 0 && !isCharacterStart(bytes[end])) end--;
  return bytes.toString('utf8', 0, end);
}
