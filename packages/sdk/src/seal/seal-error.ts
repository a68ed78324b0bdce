/** Why a value cannot be sealed or opened. */
export type SealErrorKind =
  | 'invalid_key'
  /** The text is no sealed value of a known version, or incomplete. */
  | 'invalid_value'
  /** It is sealed to other keys. */
  | 'wrong_key'
  /** It was changed, or the key is not the one that its ID names. */
  | 'damaged';

/** Thrown if a value cannot be sealed or opened. Messages contain no values and no keys. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly kind: SealErrorKind;

  constructor(kind: SealErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
