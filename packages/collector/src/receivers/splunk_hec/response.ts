import type { PushResponse } from '@otelier/query';

/** The responses of the HTTP Event Collector: status, text and code. */
const RESPONSES = {
  success: [200, 'Success', 0],
  healthy: [200, 'HEC is healthy', 17],
  noData: [400, 'No data', 5],
  format: [400, 'Invalid data format', 6],
  busy: [503, 'Server is busy', 9],
  required: [400, 'Event field is required', 12],
  blank: [400, 'Event field cannot be blank', 13],
  fields: [400, 'Error in handling indexed fields', 15],
  noMetrics: [400, 'Unsupported metric event', 6],
  noLogs: [400, 'Unsupported log event', 6],
  method: [405, 'Only "POST" method is supported', 6],
  tooLarge: [413, 'Request entity too large', 27],
} as const satisfies Readonly<Record<string, readonly [status: number, text: string, code: number]>>;

/** A kind of response. */
export type HecResponseKind = keyof typeof RESPONSES;

/** Why events are rejected, with the position of the first invalid one. */
export interface HecError {
  readonly kind: HecResponseKind;
  readonly event: number;
}

/** Returns a response of the HTTP Event Collector, with a more specific text or the position of the invalid event. */
export function hecResponse(
  kind: HecResponseKind,
  { text, event }: { readonly text?: string; readonly event?: number } = {},
): PushResponse {
  const [status, standard, code] = RESPONSES[kind];
  const body = { text: text ?? standard, code, ...(event !== undefined && { 'invalid-event-number': event }) };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (kind === 'busy') headers['retry-after'] = '1';
  if (kind === 'method') headers['allow'] = 'POST';
  return { status, message: JSON.stringify(body), headers };
}
