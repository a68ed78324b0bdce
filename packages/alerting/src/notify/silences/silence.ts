import type { LabelSet } from '../matching/labels.ts';
import type { Matcher } from '../matching/matcher.ts';

/** Suppresses the notifications of alerts that match, for some time. Times are in milliseconds since the epoch. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly Matcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly updatedAtMs: number;
  readonly createdBy: string;
  readonly comment: string;
  readonly annotations: LabelSet;
}

/** What a new or changed silence contains. With an `id`, that silence is changed. */
export type SilenceInput = Omit<Silence, 'id' | 'updatedAtMs'> & { readonly id?: string | undefined };

export type SilenceState = 'active' | 'pending' | 'expired';

/** Returns the state of a silence at a time. */
export function silenceState({ startsAtMs, endsAtMs }: Silence, nowMs: number): SilenceState {
  if (nowMs < startsAtMs) return 'pending';
  return nowMs >= endsAtMs ? 'expired' : 'active';
}

/** A silence that cannot be created, changed or found. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
  readonly kind: 'invalid' | 'unknown' | 'full';

  constructor(kind: SilenceError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
