/** A damaged or unusual file. */
export interface StoreFinding {
  readonly kind: 'damaged' | 'no-checksums' | 'unfinished';
  /** Path relative to the directory of the store or backup. */
  readonly path: string;
  /** Describes the finding and the number of affected rows or record bytes. */
  readonly message: string;
}

/** The result of `verifyStore`. */
export interface StoreVerification {
  readonly files: number;
  readonly rows: number;
  readonly journals: number;
  readonly records: number;
  readonly damaged: number;
}
