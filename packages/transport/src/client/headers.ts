import { http } from '../node-http.ts';

/** Returns the headers with lower-case names. Throws for an invalid header, naming it without its value. */
export function checkedHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    try {
      http.validateHeaderName(name);
      http.validateHeaderValue(name, value);
    } catch (error) {
      throw new TypeError(`headers: expected valid names and values, got an invalid header ${JSON.stringify(name)}`, {
        cause: error,
      });
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

/** Default user agent of clients. */
export const USER_AGENT = 'otelier';
