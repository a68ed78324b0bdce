import type { NodeLedger } from '@otelier/query';
import type { Node } from '../node.ts';
import type { EntryKind, ItemLedger } from './item-ledger.ts';

type LedgerEntry = NodeLedger['dropped'][number];

/** Returns the ledger of a node in this thread; `undefined` if its component is in another thread. */
export function ledgerOf({ identity, role, ledger, instance, emits, queue }: Node): NodeLedger | undefined {
  if (role === 'remote') return undefined;
  const held = instance?.heldItems?.() ?? 0;
  const dropped = entriesOf(ledger, 'dropped');
  const base = {
    refusedItems: ledger.refusedItems,
    forwardedItems: ledger.forwardedItems,
    deliveredItems: 0,
    heldItems: held,
    insideItems: 0,
    differenceItems: 0,
    created: entriesOf(ledger, 'created'),
    merged: entriesOf(ledger, 'merged'),
    dropped,
  };
  const lost = sumOf(dropped);
  if (identity.kind === 'receiver') {
    const { forwardedItems, returnedItems, sendingItems } = ledger;
    const receivedItems = forwardedItems + returnedItems + sendingItems + lost;
    return { ...base, receivedItems, refusedItems: returnedItems, insideItems: sendingItems };
  }
  const { receivedItems, refusedItems, pendingItems } = ledger;
  const taken = receivedItems - refusedItems;
  if (emits === 'derived') {
    const merged = Math.max(0, taken - pendingItems - lost);
    const created = ledger.forwardedItems + held + lost + merged + pendingItems - taken;
    return {
      ...base,
      receivedItems,
      insideItems: pendingItems,
      created: [...base.created, ...entryOf('derived', created)],
      merged: [...base.merged, ...entryOf('aggregated', merged)],
    };
  }
  const deliveredItems =
    identity.kind !== 'exporter'
      ? 0
      : holdsAccepted(instance)
        ? (queue?.().deliveredItems ?? 0)
        : taken + sumOf(base.created) - pendingItems - lost - sumOf(base.merged);
  const rest = taken + sumOf(base.created) - ledger.forwardedItems - deliveredItems - lost - sumOf(base.merged) - held;
  // Unfinished calls have forwarded, and reported, some of their items.
  const inside = Math.min(ledger.insideItems, Math.max(0, rest + ledger.createdInsideItems));
  return {
    ...base,
    receivedItems,
    deliveredItems,
    insideItems: inside,
    differenceItems: rest + ledger.createdInsideItems - inside,
  };
}

/** Sums the ledgers of a component in several threads, or of its predecessors and it. */
export function addLedgers(a: NodeLedger | undefined, b: NodeLedger | undefined): NodeLedger | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    receivedItems: a.receivedItems + b.receivedItems,
    refusedItems: a.refusedItems + b.refusedItems,
    forwardedItems: a.forwardedItems + b.forwardedItems,
    deliveredItems: a.deliveredItems + b.deliveredItems,
    heldItems: a.heldItems + b.heldItems,
    insideItems: a.insideItems + b.insideItems,
    differenceItems: a.differenceItems + b.differenceItems,
    created: addEntries(a.created, b.created),
    merged: addEntries(a.merged, b.merged),
    dropped: addEntries(a.dropped, b.dropped),
  };
}

/**
 * Returns the ledger of a component whose thread has ended: what it held is lost, and the senders of unfinished calls
 * did not get a response.
 */
export function closeLedger(ledger: NodeLedger | undefined): NodeLedger | undefined {
  if (ledger === undefined) return undefined;
  const { heldItems, insideItems, refusedItems, dropped } = ledger;
  return {
    ...ledger,
    heldItems: 0,
    insideItems: 0,
    refusedItems: refusedItems + insideItems,
    dropped: addEntries(dropped, entryOf('thread_failed', heldItems)),
  };
}

function holdsAccepted(instance: Node['instance']): boolean {
  return instance?.heldItems !== undefined;
}

function entriesOf(ledger: ItemLedger, kind: EntryKind): LedgerEntry[] {
  return [...ledger.entries]
    .filter((entry) => entry.kind === kind)
    .map(({ reason, rule, items }) => ({ reason, ...(rule !== undefined && { rule }), items }));
}

function entryOf(reason: string, items: number): LedgerEntry[] {
  return items === 0 ? [] : [{ reason, items }];
}

function sumOf(entries: readonly LedgerEntry[]): number {
  return entries.reduce((sum, { items }) => sum + items, 0);
}

function addEntries(a: readonly LedgerEntry[], b: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const sums = new Map<string, LedgerEntry>();
  for (const entry of [...a, ...b]) {
    const key = `${entry.reason} ${entry.rule ?? ''}`;
    const known = sums.get(key);
    sums.set(key, known === undefined ? entry : { ...known, items: known.items + entry.items });
  }
  return [...sums.values()];
}
