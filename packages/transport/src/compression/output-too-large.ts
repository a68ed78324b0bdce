/** Thrown by a decoder whose output would exceed its limit. zlib's error for this case has the same code. */
export class OutputTooLargeError extends RangeError {
  readonly code = 'ERR_BUFFER_TOO_LARGE';

  constructor() {
    super('expected a smaller output');
  }
}
