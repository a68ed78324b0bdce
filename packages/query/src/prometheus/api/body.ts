import { readBytes } from '../../request/request-body.ts';
import { PrometheusProblem } from './problem.ts';

/** Reads a request body of at most `limitBytes` bytes. Throws a `PrometheusProblem`. */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const isTooLarge = Number(request.headers.get('content-length') ?? 0) > limitBytes;
  const body = isTooLarge ? undefined : await readBytes(request, limitBytes);
  if (body !== undefined) return body;
  throw new PrometheusProblem('bad_data', `body: expected at most ${limitBytes} bytes, got more`, 413);
}
