import { ThriftError } from '../thrift/thrift-error.ts';
import { MalformedSpansError } from './malformed-spans.ts';

/** Decodes spans in Thrift. Throws a `MalformedSpansError` that names what was expected, such as `a Thrift batch`. */
export function decodeThrift<T>(expected: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ThriftError)) throw error;
    throw new MalformedSpansError(`body: expected ${expected}: ${error.message}`, { cause: error });
  }
}
