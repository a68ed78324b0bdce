import { createTraceState, type TraceState } from '@opentelemetry/api';

/**
 * Parses the well-formed members of `tracestate`, at most 32 with a total of 512 characters. The leftmost members are
 * the newest and take precedence. An oversized member is skipped, and the first of duplicate keys wins. The API itself
 * would drop an oversized list entirely.
 */
export function parseTraceState(header: string): TraceState | undefined {
  const members = new Map<string, string>();
  let length = -1;
  for (const part of header.split(',')) {
    const member = createTraceState(part).serialize();
    const [key = ''] = member.split('=');
    if (member === '' || members.has(key) || length + 1 + member.length > MAX_LENGTH) continue;
    length += 1 + member.length;
    if (members.set(key, member).size === MAX_MEMBERS) break;
  }
  return members.size === 0 ? undefined : createTraceState([...members.values()].join());
}

const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
