import { createTraceState, type TraceState } from '@opentelemetry/api';

/**
 * The members of the header `tracestate` that are well-formed and fit: 32, of 512 characters together. Those at the left are the newest, so they
 * are kept; one that is too long does not end the list, and of a key the first counts. The API alone would drop a list that is too long as a whole.
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
