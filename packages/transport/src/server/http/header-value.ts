import type { RequestHeaders } from '../../auth.ts';

/** Returns the value of a single-value header, or the first one if the client sent several. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || typeof value === 'string' ? value : value[0];
}
