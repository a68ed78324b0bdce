import { CLASS_OF, endOfRun, membersOf } from '../byte-classes.ts';
import { byteAt, type TextRange } from '../text-range.ts';
import { latin1 } from './token.ts';

const URL_SAFE = membersOf(/[A-Za-z0-9_-]/);
const MAX_HEADER = 2048;

/**
 * Returns the end of the JSON web token that starts at `start`, with `eyJ`, or -1. It has two dots (JWS; without a
 * signature, too) or four (JWE), and its header is JSON that names an algorithm.
 */
export function detectJwt(text: TextRange, start: number): number {
  const { bytes, end } = text;
  const headerEnd = endOfRun(bytes, start, Math.min(end, start + MAX_HEADER), URL_SAFE);
  if (byteAt(text, headerEnd) !== 0x2e || headerEnd - start < 12) return -1;
  let pos = headerEnd;
  let dots = 0;
  while (dots < 4 && byteAt(text, pos) === 0x2e) {
    const to = endOfRun(bytes, pos + 1, end, URL_SAFE);
    // The second part is never empty, except for the encrypted key of a JWE.
    if (to === pos + 1 && dots === 1 && CLASS_OF[byteAt(text, to)] !== 0) break;
    pos = to;
    dots++;
  }
  if (dots < 2) return -1;
  if (bytes[pos - 1] === 0x2e && dots > 2) pos--;
  return isHeader(latin1(bytes, start, headerEnd)) ? pos : -1;
}

function isHeader(part: string): boolean {
  const header = Buffer.from(part, 'base64url').toString();
  return header.startsWith('{') && header.trimEnd().endsWith('}') && /"(?:alg|enc|typ)"\s*:\s*"/.test(header);
}
