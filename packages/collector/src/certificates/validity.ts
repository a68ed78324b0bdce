import type { X509Certificate } from 'node:crypto';

/** How long a certificate or a revocation list is valid. */
export type Validity = 'valid' | 'expires_soon' | 'expired' | 'not_yet_valid';

const DAY_MILLIS = 86_400_000;
/** Remaining validity from which a certificate should be renewed. The certificates of some authorities live 6 days. */
const MIN_DAYS = 14;
const SOON_SHARE = 1 / 5;
/** Authorities publish lists daily or weekly, well before the last one expires. */
const SOON_LIST_MILLIS = 12 * 3_600_000;

/** Returns whether a certificate is valid, and whether it should be renewed. */
export function certificateValidity({ validFromDate, validToDate }: X509Certificate, nowMillis: number): Validity {
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  if (to <= nowMillis) return 'expired';
  if (from > nowMillis) return 'not_yet_valid';
  return to - nowMillis < Math.min(MIN_DAYS * DAY_MILLIS, (to - from) * SOON_SHARE) ? 'expires_soon' : 'valid';
}

/** Returns whether a revocation list is accepted until its next update, and whether it should be replaced. */
export function listValidity(nextUpdate: Date | undefined, nowMillis: number): Validity {
  const left = (nextUpdate?.getTime() ?? Number.POSITIVE_INFINITY) - nowMillis;
  if (left <= 0) return 'expired';
  return left < SOON_LIST_MILLIS ? 'expires_soon' : 'valid';
}
