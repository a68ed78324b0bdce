/** Someone else has changed the configuration. */
export class RevisionConflictError extends Error {
  override readonly name = 'RevisionConflictError';
}

/** The configuration cannot be changed through the API. */
export class ReadOnlyConfigurationError extends Error {
  override readonly name = 'ReadOnlyConfigurationError';
}

/** A revision that is not kept. */
export class UnknownRevisionError extends Error {
  override readonly name = 'UnknownRevisionError';
}

/** A draft that has errors, so that it cannot be run or extended. */
export class DraftError extends Error {
  override readonly name = 'DraftError';
}

/** Another dry run is in progress. */
export class DryRunBusyError extends Error {
  override readonly name = 'DryRunBusyError';
}
