import { createHmac, timingSafeEqual } from 'node:crypto';

const STEP_SECONDS = 30;
const DIGITS = 6;

/** Returns the one-time password of a step (RFC 6238, SHA-1, six digits). */
export function totpAt(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** Returns the step of a time. */
export function totpStep(nowMillis: number): number {
  return Math.floor(nowMillis / 1000 / STEP_SECONDS);
}

/**
 * Returns the step of a one-time password that is valid now, allowing clocks that differ by 30 seconds, and later than the last one that was
 * used; `undefined` if it is not valid.
 */
export function verifyTotp(secret: Uint8Array, code: string, nowMillis: number, lastStep: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const now = totpStep(nowMillis);
  let valid: number | undefined;
  for (const step of [now - 1, now, now + 1]) {
    const isEqual = timingSafeEqual(Buffer.from(totpAt(secret, step)), Buffer.from(code));
    if (isEqual && step > lastStep) valid = step;
  }
  return valid;
}
