import type { RequestHeaders } from '../../auth.ts';

/** The value of a header that stands alone; the first where a client has sent several. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined || typeof value === 'string' ? value : value[0];
}
