import type { Splitter } from '../../component/text/splitter.ts';

/** Longest length before a message. */
const MAX_DIGITS = 10;
const SPACE = 32;

/** Splits at the lengths before messages (RFC 6587, octet counting). A token contains its length. */
export class OctetSplitter implements Splitter {
  start = 0;
  end = 0;

  next(bytes: Buffer, from: number, to: number, isEnd: boolean): number {
    let length = 0;
    let at = from;
    while (at < to && at - from < MAX_DIGITS) {
      const digit = (bytes[at] as number) - 48;
      if (digit < 0 || digit > 9 || (at === from && digit === 0)) break;
      length = length * 10 + digit;
      at++;
    }
    const isFrame = at > from && at < to && bytes[at] === SPACE;
    const end = isFrame ? at + 1 + length : to;
    if ((!isFrame || end > to) && !isEnd) return -1;
    this.start = from;
    this.end = Math.min(end, to);
    return this.end > from ? this.end : -1;
  }
}
