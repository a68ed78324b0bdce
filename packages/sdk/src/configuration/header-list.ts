import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers with lowercase names, and the errors in the list, without secrets. */
export interface HeaderList {
  readonly headers: Readonly<Record<string, string>>;
  /** The position of each invalid member, and what was expected there. */
  readonly errors: readonly { readonly member: number; readonly expected: string }[];
}

/**
 * Parses a list such as `api-key=secret,tenant=a%20b`, in the format of W3C Baggage with percent-encoded values
 * (specification, "Specifying headers via environment variables").
 */
export function parseHeaderList(list: string): HeaderList {
  const headers: Record<string, string> = {};
  const errors: { member: number; expected: string }[] = [];
  for (const [i, member] of list.split(',').entries()) {
    if (member.trim() === '') continue;
    const parsed = parseMember(member);
    if (typeof parsed === 'string') errors.push({ member: i + 1, expected: parsed });
    else headers[parsed.name] = parsed.value;
  }
  return { headers, errors };
}

/** Returns why a header is invalid, without revealing its value, or `undefined` if it is valid. */
export function headerError(name: string, value: string): string | undefined {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return 'a valid HTTP header';
  }
}

function parseMember(member: string): { readonly name: string; readonly value: string } | string {
  const end = member.indexOf('=');
  if (end < 0) return 'name=value';
  const name = member.slice(0, end).trim().toLowerCase();
  const encoded = member.slice(end + 1).trim();
  const value = decode(encoded);
  if (value === undefined) return 'a percent-encoded value (% itself is %25)';
  return headerError(name, value) ?? { name, value };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
