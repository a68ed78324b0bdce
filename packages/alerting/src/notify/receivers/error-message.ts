/** Returns the message of an error on one line; of several ones for an `AggregateError` without a message. */
export function errorMessage(error: unknown): string {
  const message =
    error instanceof AggregateError && error.message === ''
      ? error.errors.map(errorMessage).join('; ')
      : error instanceof Error
        ? error.message
        : String(error);
  return message.slice(0, 500).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
