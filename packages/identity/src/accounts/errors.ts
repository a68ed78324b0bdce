/** A change that an administrator asked for and that is not possible. The message says what was expected. */
export class IdentityChangeError extends Error {
  override readonly name = 'IdentityChangeError';
}
