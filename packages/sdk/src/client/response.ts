import type { Outcome } from '@otelier/otlp';
import { type BodyReader, httpOutcome } from '@otelier/transport/portable';
import { protobufBody } from './response-body.ts';

/**
 * Converts a `fetch` response to an outcome. In a separate module that most pages never load, because most responses
 * are empty.
 */
export function readResponse(
  { status, headers }: Response,
  body: Uint8Array,
  reader: BodyReader = protobufBody,
): Outcome {
  const header = (name: string) => headers.get(name) ?? undefined;
  const response = { status, contentType: header('content-type'), retryAfter: header('retry-after'), body };
  return httpOutcome(response, Date.now(), reader);
}
