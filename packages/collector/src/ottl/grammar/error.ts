/** An invalid statement or condition. The message has the position, what was expected and what was found. */
export class OttlError extends Error {
  override readonly name = 'OttlError';
  readonly offset: number;

  constructor(text: string, offset: number, error: string) {
    super(`${error}, at character ${offset + 1} of \`${text}\``);
    this.offset = offset;
  }
}
