import type { ErrorGroup } from '../../contract.ts';
import type { MergedErrors } from '../summaries/merge-errors.ts';
import type { ErrorItems } from '../summaries/protocol.ts';

/** Returns groups of errors, most frequent first. */
export function errorGroups(merged: MergedErrors, limit: number): readonly ErrorGroup[] {
  return merged.all().map(groupOf).sort(byCount).slice(0, limit);
}

function groupOf({ service, type, message, name, traceId, ...error }: ErrorItems): ErrorGroup {
  const { count, firstSeen, lastSeen, steps } = error;
  return { service, type, message, spanName: name, count, firstSeen, lastSeen, steps, sampleTraceId: traceId };
}

function byCount(a: ErrorGroup, b: ErrorGroup): number {
  if (a.count !== b.count) return b.count - a.count;
  if (a.lastSeen !== b.lastSeen) return a.lastSeen > b.lastSeen ? -1 : 1;
  return textOf(a) < textOf(b) ? -1 : 1;
}

function textOf({ service, type, message, spanName }: ErrorGroup): string {
  return JSON.stringify([service, type, message, spanName]);
}
