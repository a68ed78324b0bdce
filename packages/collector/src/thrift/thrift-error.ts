/** Thrown for bytes that are not a value of Thrift. */
export class ThriftError extends Error {
  override readonly name = 'ThriftError';

  constructor(detail: string, offset: number) {
    super(`${detail}, at offset ${offset}`);
  }
}
