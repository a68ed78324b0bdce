/**
 * Returns the time until the next scrape of a target. It depends on the identity of the target and the time only, so that
 * targets are spread over the interval, and a restart does not move them.
 */
export function offsetOf(identity: string, intervalMillis: number, nowMillis: number): number {
  const phase = hash(identity) % intervalMillis;
  const offset = (phase - (nowMillis % intervalMillis)) % intervalMillis;
  return offset < 0 ? offset + intervalMillis : offset;
}

/** FNV-1a with 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value ^= text.charCodeAt(index);
    value = Math.imul(value, 0x01000193);
  }
  // The low bits of the plain hash of similar texts are similar.
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 12)) >>> 0;
}
