import { isTextAt } from '../byte-classes.ts';
import type { TextRange } from '../text-range.ts';
import { latin1 } from './token.ts';

const DASHES = Buffer.from('-----');
const END = Buffer.from('-----END ');
/** Longest text between `BEGIN` and the dashes. */
const MAX_LABEL = 48;

/** Where a private key is. */
export interface KeyRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the private key in PEM whose `BEGIN` is at `begin`, up to the end of its last line, or to the end of the text if
 * that line is missing.
 */
export function detectPrivateKey({ bytes, start, end }: TextRange, begin: number): KeyRange | undefined {
  if (!isTextAt(bytes, Math.max(start, begin - 5), end, DASHES) || begin - 5 < start) return undefined;
  const label = latin1(bytes, begin, Math.min(end, begin + MAX_LABEL));
  const match = /^BEGIN[ +](?:[A-Z0-9]+[ +])*PRIVATE[ +]KEY(?:[ +]BLOCK)?-----/.exec(label.replaceAll('%20', ' '));
  if (match === null) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  const last = buffer.indexOf(END, begin);
  if (last < 0) return { start: begin - 5, end };
  const closing = buffer.indexOf(DASHES, last + END.length);
  return { start: begin - 5, end: closing < 0 || closing - last > MAX_LABEL * 2 ? end : closing + DASHES.length };
}
