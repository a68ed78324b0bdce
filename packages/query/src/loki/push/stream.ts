/** A pushed entry. */
export interface PushedEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly line: string;
  readonly metadata: readonly (readonly [string, string])[];
}

/** A pushed stream. */
export interface PushedStream {
  readonly labels: ReadonlyMap<string, string>;
  readonly entries: readonly PushedEntry[];
}

/** A push request that cannot be decoded. */
export class PushError extends Error {
  override readonly name = 'PushError';
}
