import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers with lower-cased names; throws for one that HTTP cannot carry, naming it without its value. */
export function checkedHeaders(
  headers: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      throw new TypeError(
        `headers: expected a header that HTTP can carry, got one it cannot, named ${JSON.stringify(name)}`,
        {
          cause: error,
        },
      );
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

/** What our clients call themselves, unless told otherwise. */
export const USER_AGENT = 'otelier';
