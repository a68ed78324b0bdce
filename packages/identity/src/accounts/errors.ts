/** A change that a person asked for and that is not possible. The message says what was expected. */
export class IdentityChangeError extends Error {
  override readonly name: string = 'IdentityChangeError';
}

/** A change of something that does not exist. */
export class IdentityMissingError extends IdentityChangeError {
  override readonly name = 'IdentityMissingError';
}

/** A change that conflicts with something that exists. */
export class IdentityConflictError extends IdentityChangeError {
  override readonly name = 'IdentityConflictError';
}

/** A change that the caller must not make. The message names what is missing. */
export class IdentityForbiddenError extends IdentityChangeError {
  override readonly name = 'IdentityForbiddenError';
}

/** A change that is not possible now, because the database cannot be reached. It may be tried again later. */
export class IdentityUnavailableError extends IdentityChangeError {
  override readonly name = 'IdentityUnavailableError';
}

/** A change that may be tried again later. */
export class IdentityLimitError extends IdentityChangeError {
  override readonly name = 'IdentityLimitError';
}
