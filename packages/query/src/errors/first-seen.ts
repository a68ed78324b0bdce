import type { ErrorGroup } from '@otelier/store';
import type { FailureCause } from './group-failures.ts';
import { splitMessage, templateOf } from './message-template.ts';

/**
 * Returns when causes, by fingerprint, were first seen among earlier groups of failed spans. A group is of a cause if it
 * has its service, type, and message or, without one, its operation.
 */
export function firstSeen(causes: readonly FailureCause[], groups: readonly ErrorGroup[]): ReadonlyMap<string, bigint> {
  const byText = new Map(
    causes.map(({ key, spanName }) => [placeOf(key.service, key.type, key.template, spanName), key.fingerprint]),
  );
  const seen = new Map<string, bigint>();
  for (const { service, type, message, spanName, firstSeen: first } of groups) {
    const fingerprint =
      byText.get(placeOf(service, type, templateOf(splitMessage(message)), spanName)) ??
      byText.get(placeOf(service, type, '', spanName));
    if (fingerprint === undefined) continue;
    const known = seen.get(fingerprint);
    if (known === undefined || first < known) seen.set(fingerprint, first);
  }
  return seen;
}

function placeOf(service: string, type: string, template: string, spanName: string): string {
  return JSON.stringify([service, type, template, template === '' ? spanName : '']);
}
