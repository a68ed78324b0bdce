import type { PushResponse } from '@otelier/query';

/** Returns a response with a body of JSON. Clients check that the server says what it is. */
export function jsonResponse(status: number, body: unknown): PushResponse {
  return {
    status,
    message: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' },
  };
}
