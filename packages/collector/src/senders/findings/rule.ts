import type { SendersReport } from '@otelier/query';
import type { MergedSender } from '../merge-senders.ts';

/** A finding about a sender. */
export type SenderFinding = SendersReport['senders'][number]['findings'][number];

/** What a rule reads. */
export interface RuleContext {
  /** All senders. */
  readonly senders: readonly MergedSender[];
  /** Since when senders are observed. */
  readonly sinceMillis: number;
  readonly nowMillis: number;
}

/** A check of a sender. */
export interface SenderRule {
  readonly check: string;
  /** Returns what is wrong, or `undefined`. */
  run(sender: MergedSender, context: RuleContext): Omit<SenderFinding, 'check'> | undefined;
}

/** Formats a number of things: `1 request`, `1,024 requests`. */
export function amount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** Lists names, at most five. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
