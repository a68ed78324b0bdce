/** Keeps telemetry of a tenant from being removed, by whatever means, until it is released. */
export interface LegalHold {
  readonly id: string;
  readonly tenant: string;
  /** Times of the items, in milliseconds since the Unix epoch: `start <= time < end`. Default: all. */
  readonly startMillis?: number | undefined;
  readonly endMillis?: number | undefined;
  /** Attributes that an item must have, all of them. Without any, all items of the range are held. */
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
  readonly reason: string;
  /** Who created it. */
  readonly by: string;
  readonly createdMillis: number;
}

/** A hold that does not apply any more, without the values of its attributes. */
export interface ReleasedHold extends LegalHold {
  readonly releasedBy: string;
  readonly releasedMillis: number;
}

/** The legal holds of a store. */
export interface HoldsCapability {
  list(): readonly LegalHold[];
  /** Returns holds that were released, newest first. */
  released(): readonly ReleasedHold[];
  /** Resolves when nothing that matches is removed any more. */
  create(hold: LegalHold): Promise<void>;
  /** Returns `false` if there is no such hold. */
  release(id: string, by: string, nowMillis: number): Promise<boolean>;
}
