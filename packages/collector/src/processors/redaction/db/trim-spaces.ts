/** Removes whitespace, as defined by Go, from both ends. */
export function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13);
  return code !== BYTE_ORDER_MARK && (code === NEXT_LINE || /\s/.test(String.fromCharCode(code)));
}

/** JavaScript treats it as whitespace, Go does not. */
const BYTE_ORDER_MARK = 0xfeff;
/** Go treats it as whitespace, JavaScript does not. */
const NEXT_LINE = 0x85;
