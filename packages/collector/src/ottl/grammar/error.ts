/**
 * Thrown for an invalid statement or condition. The message contains the position, the expected syntax and what was
 * found.
 */
export class OttlError extends Error {
  override readonly name = 'OttlError';
  readonly offset: number;

  constructor(text: string, offset: number, error: string) {
    super(`${error}, at character ${offset + 1} of \`${text}\``);
    this.offset = offset;
  }
}
