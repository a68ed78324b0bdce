import { ApiProblem } from '../api/problem.ts';
import { errorMessage } from '../error-message.ts';

/** Reads a JSON object of at most `limitBytes` bytes. Throws an `ApiProblem`. */
export async function readJsonBody(request: Request, limitBytes: number): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(request, limitBytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ApiProblem('bad_request', `body: expected JSON, got ${errorMessage(error)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new ApiProblem(
    'bad_request',
    `body: expected a JSON object, got ${Array.isArray(value) ? 'a list' : text.slice(0, 40)}`,
  );
}

/** Reads a request body; `undefined` if it has more than `limitBytes` bytes. */
export async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readText(request: Request, limitBytes: number): Promise<string> {
  const tooLarge = new ApiProblem('too_large', `body: expected at most ${limitBytes} bytes, got more`);
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge;
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
