/**
 * Returns the value of a W3C trace state member, or `undefined` if it is missing or the trace state is invalid. The
 * rules are those of OpenTelemetry's Go API, which is stricter than W3C about empty members with spaces and about
 * duplicates.
 */
export function memberOfTraceState(text: string, key: string): string | undefined {
  const found = new Map<string, string>();
  for (const part of text.split(',')) {
    if (part === '') continue;
    const [, name, value] = MEMBER.exec(part) ?? [];
    if (name === undefined || value === undefined || found.has(name)) return undefined;
    found.set(name, value);
    if (found.size > MAX_MEMBERS) return undefined;
  }
  return found.get(key);
}

const MAX_MEMBERS = 32;

const MEMBER =
  /^[ \t]*([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])[ \t]*$/;
