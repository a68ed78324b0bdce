import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Headers with lower-cased names, and what was wrong in the list, without anything secret. */
export interface HeaderList {
  readonly headers: Readonly<Record<string, string>>;
  /** What was expected of members that were left out. */
  readonly problems: readonly { readonly member: number; readonly expected: string }[];
}

/**
 * Reads a list like `api-key=secret,tenant=a%20b`, in the form of W3C Baggage with values that are percent-encoded
 * (specification, "Specifying headers via environment variables").
 */
export function parseHeaderList(list: string): HeaderList {
  const headers: Record<string, string> = {};
  const problems: { member: number; expected: string }[] = [];
  for (const [i, member] of list.split(',').entries()) {
    if (member.trim() === '') continue;
    const parsed = parseMember(member);
    if (typeof parsed === 'string') problems.push({ member: i + 1, expected: parsed });
    else headers[parsed.name] = parsed.value;
  }
  return { headers, problems };
}

/** Why a header cannot be sent; `undefined` when it can. Nothing of the value is in it. */
export function headerProblem(name: string, value: string): string | undefined {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return undefined;
  } catch {
    return 'a name and a value that HTTP can carry';
  }
}

function parseMember(member: string): { readonly name: string; readonly value: string } | string {
  const end = member.indexOf('=');
  if (end < 0) return 'name=value';
  const name = member.slice(0, end).trim().toLowerCase();
  const encoded = member.slice(end + 1).trim();
  const value = decode(encoded);
  if (value === undefined) return 'a percent-encoded value (% itself is %25)';
  return headerProblem(name, value) ?? { name, value };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
