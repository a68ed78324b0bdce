import { PrometheusProblem } from './problem.ts';

/** Reads a request body of at most `limitBytes` bytes. Throws a `PrometheusProblem`. */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const tooLarge = new PrometheusProblem('bad_data', `body: expected at most ${limitBytes} bytes, got more`, 413);
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
