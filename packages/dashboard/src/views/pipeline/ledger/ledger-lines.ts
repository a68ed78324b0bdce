import type { PipelineLedger } from '@otelier/query';
import { t } from '../../../locale/t.ts';

/** A component with its ledger. */
export type ComponentLedger = PipelineLedger['nodes'][number];

/** A line of a balance sheet. */
export interface LedgerLine {
  /** `in` opens a balance, `part` is a part of it, `sum` is a sum, and `end` is what is unaccounted for. */
  readonly kind: 'in' | 'part' | 'sum' | 'end';
  readonly name: string;
  /** The rule that caused it. */
  readonly detail?: string | undefined;
  /** Mean rate. Omitted for levels. */
  readonly perSecond?: number | undefined;
  readonly total: number;
  readonly isBad?: boolean;
}

/** A balance sheet, and the number of items that it does not account for. */
export interface Sheet {
  readonly lines: readonly LedgerLine[];
  readonly unaccounted: number;
}

const NOTHING = {
  ...{ receivedItems: 0, refusedItems: 0, forwardedItems: 0, deliveredItems: 0, heldItems: 0, insideItems: 0 },
  ...{ created: [], merged: [], dropped: [] },
};

/** Returns the balance sheet of a component between two moments; since its start without the first one. */
export function componentSheet(now: ComponentLedger, start: ComponentLedger | undefined, seconds: number): Sheet {
  // A reload that replaces the component begins a new ledger.
  const from = start === undefined || start.receivedItems > now.receivedItems ? NOTHING : start;
  const rate = (total: number): number | undefined => (seconds > 0 ? total / seconds : undefined);
  const flow = (kind: LedgerLine['kind'], name: string, total: number, more: Partial<LedgerLine> = {}): LedgerLine => ({
    kind,
    name,
    perSecond: rate(total),
    total,
    ...more,
  });
  const isSource = now.kind === 'receiver';
  const heldBefore = from.heldItems + from.insideItems;
  const held = now.heldItems + now.insideItems;
  const created = since(now.created, from.created);
  const left = [
    ...since(now.dropped, from.dropped).map((entry) => ({ ...entry, isBad: now.kind === 'exporter' })),
    ...since(now.merged, from.merged),
  ];
  const out = now.forwardedItems + now.deliveredItems - from.forwardedItems - from.deliveredItems;
  const received = now.receivedItems - from.receivedItems;
  const refused = now.refusedItems - from.refusedItems;
  const sum = (entries: readonly { readonly items: number }[]): number =>
    entries.reduce((total, { items }) => total + items, 0);
  const unaccounted = heldBefore + received + sum(created) - refused - sum(left) - out - held;
  const line = ({ reason, rule, items, ...more }: Since): LedgerLine =>
    flow('part', words(reason), items, { detail: rule, ...more });
  return {
    unaccounted,
    lines: [
      ...(heldBefore > 0 ? [{ kind: 'in' as const, name: t('Held at the beginning'), total: heldBefore }] : []),
      flow('in', t(isSource ? 'Received' : 'In'), received),
      ...created.map((entry) => ({ ...line(entry), name: t('created, {reason}', { reason: words(entry.reason) }) })),
      flow('part', t('refused'), refused, { isBad: true }),
      ...left.map(line),
      ...(held > 0 || heldBefore > 0 ? [{ kind: 'part' as const, name: t('held now'), total: held }] : []),
      flow('sum', t(now.kind === 'exporter' ? 'Delivered' : 'Out'), out),
      { kind: 'end', name: t('Unaccounted'), total: unaccounted },
    ],
  };
}

interface Since {
  readonly reason: string;
  readonly rule?: string | undefined;
  readonly items: number;
  readonly isBad?: boolean;
}

function since(now: readonly Since[], before: readonly Since[]): readonly Since[] {
  const keyOf = ({ reason, rule }: Since): string => JSON.stringify([reason, rule]);
  const earlier = new Map(before.map((entry) => [keyOf(entry), entry.items]));
  return now.map((entry) => ({ ...entry, items: entry.items - (earlier.get(keyOf(entry)) ?? 0) }));
}

function words(reason: string): string {
  return reason.replaceAll('_', ' ');
}
