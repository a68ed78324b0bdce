import type { NearestData } from '../contract.ts';
import type { TimeRange } from './newest.ts';

/** Returns where times, given as word pairs, are in relation to a range. */
export function nearestTimes(words: Uint32Array, { start, end }: TimeRange): NearestData {
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  let [inRange, before, after]: [boolean, bigint | undefined, bigint | undefined] = [false, undefined, undefined];
  for (let at = 0; at < words.byteLength; at += 8) {
    const time = view.getBigInt64(at, true);
    if (time < start) before = before === undefined || time > before ? time : before;
    else if (time >= end) after = after === undefined || time < after ? time : after;
    else inRange = true;
  }
  return { inRange, before, after };
}
