import { z } from 'zod';
import { ApiError } from './api-error.ts';

/** Maximum size of the body of a request. */
const MAX_BODY_BYTES = 16 << 20;

/** Times far from now are not meant: JavaScript could not show them. */
const MAX_YEAR = 9999;

/** A time such as `2026-12-01T12:00:00.000Z`, in milliseconds since the epoch; Go's zero time counts as missing. */
export const time = z.string().transform((text, context) => {
  const match = /^(\d{4})-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:?\d\d)$/.exec(text);
  const millis = match === null ? Number.NaN : Date.parse(text.replace(/(\.\d{3})\d+/, '$1').replace(' ', 'T'));
  if (!Number.isNaN(millis) && Number(match?.[1]) <= MAX_YEAR) return Number(match?.[1]) <= 1 ? undefined : millis;
  context.addIssue(`expected a time such as "2026-12-01T12:00:00Z", got ${JSON.stringify(text.slice(0, 40))}`);
  return z.NEVER;
});

/** Reads the JSON body of a request. Throws an `ApiError`. */
export async function readBody<T>(request: Request, schema: z.ZodType<T>, name: string): Promise<T> {
  const text = await readText(request);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message.slice(0, 200) : '';
    throw new ApiError(400, `parsing ${name} body from "" failed: ${message}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('') ?? '';
  throw new ApiError(422, `${name}${path} in body: ${issue?.message ?? 'invalid'}`);
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new ApiError(413, `expected a body of at most ${MAX_BODY_BYTES} bytes, got more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
