import type { Outcome } from '@otelier/otlp';
import { type BodyReader, httpOutcome } from '@otelier/transport/portable';
import { protobufBody } from './response-body.ts';

/** What a response of `fetch` says. A part of its own: most responses say nothing, so most pages need not load it. */
export function readResponse(
  { status, headers }: Response,
  body: Uint8Array,
  reader: BodyReader = protobufBody,
): Outcome {
  const header = (name: string) => headers.get(name) ?? undefined;
  const response = { status, contentType: header('content-type'), retryAfter: header('retry-after'), body };
  return httpOutcome(response, Date.now(), reader);
}
