const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [BRACE, BRACKET, END_BRACE, END_BRACKET] = [0x7b, 0x5b, 0x7d, 0x5d];

/**
 * Splits a text into JSON objects that follow each other, with or without white space between them. Anything that is not in
 * an object is a piece of its own, which is no JSON or no object. An object that does not end is the last piece.
 */
export function* splitObjects(text: string): Generator<string> {
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === BRACE || code === BRACKET) {
      depth += 1;
    } else if (code === END_BRACE || code === END_BRACKET) {
      depth -= 1;
      if (depth > 0) continue;
      yield text.slice(start, at + 1).trim();
      depth = 0;
      start = at + 1;
    }
  }
  const rest = text.slice(start).trim();
  if (rest !== '') yield rest;
}

/** Returns the position of the quote that ends a string, or the end of the text. */
function endOfString(text: string, quote: number): number {
  for (let end = text.indexOf('"', quote + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
