import type { PushResponse } from '@otelier/query';

/** Returns a response with a text of one line. */
export function textResponse(status: number, message: string, headers: PushResponse['headers'] = {}): PushResponse {
  return { status, message: `${message}\n`, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } };
}
