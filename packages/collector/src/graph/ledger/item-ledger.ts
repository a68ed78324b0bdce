import type { Outcome } from '@otelier/otlp';

/** Where items of a component come from or go to, apart from the components before and behind it. */
export type EntryKind = 'dropped' | 'created' | 'merged';

/** A number of items with the same reason, and the rule that caused it if there is one. */
export interface Entry {
  readonly kind: EntryKind;
  readonly reason: string;
  readonly rule: string | undefined;
  items: number;
}

/** A rule that counts the items that it drops from the current batch. */
export interface CountingRule {
  readonly identity: { readonly reason: string; readonly rule?: string | undefined };
  pendingItems: number;
  hasGroup: boolean;
}

/** A call of `consume` that has not returned to its caller. Its entries count once it is accepted. */
export interface Call {
  readonly outer: Call | undefined;
  entries: Entry[] | undefined;
}

/**
 * Counts the items of one component in one thread, so that they balance at every moment:
 *
 *     received + created = refused + forwarded + delivered + dropped + merged + held + inside calls
 *
 * Counts change per batch: when a batch enters, when its outcome is known, and when the component reports items. What a
 * component reports during a call belongs to the batch of that call. If the batch is then refused, its sender still has
 * all of its items, and nothing counts. A component that holds items reports about those: its entries count at once.
 */
export class ItemLedger {
  receivedItems = 0;
  /** Items that the sender got back: refused, to be retried, or rejected from a partially accepted batch. */
  refusedItems = 0;
  /** Items in calls whose outcome is not known. */
  pendingItems = 0;
  /** Items that the next component has accepted. */
  forwardedItems = 0;
  /** Items that the next component has not accepted: those of receivers go back to their senders. */
  returnedItems = 0;
  /** Items in calls of the next component. */
  sendingItems = 0;
  /** Dropped items by reason. */
  readonly dropped: Record<string, number> = {};
  /** Whether the component holds accepted items, so that its entries are not about the batch of the current call. */
  holdsItems = false;
  readonly #entries = new Map<string, Entry>();
  readonly #rules: CountingRule[] = [];
  #call: Call | undefined;
  /** Items that unfinished calls have reported as created. */
  #createdInside = 0;

  get entries(): Iterable<Readonly<Entry>> {
    return this.#entries.values();
  }

  /** Items that unfinished calls can account for, at most. */
  get insideItems(): number {
    return this.pendingItems + this.#createdInside;
  }

  /** Items created in unfinished calls, which the entries do not contain. */
  get createdInsideItems(): number {
    return this.#createdInside;
  }

  /** Adds a rule whose items `report` attributes to it. */
  addRule(rule: CountingRule): void {
    this.#rules.push(rule);
  }

  /** Begins a call. Call `leave` when `consume` returns, and `settle` when the outcome is known. */
  enter(itemCount: number): Call {
    this.receivedItems += itemCount;
    this.pendingItems += itemCount;
    const call: Call = { outer: this.#call, entries: undefined };
    this.#call = call;
    if (this.#rules.length > 0) this.#forgetPending();
    return call;
  }

  leave(call: Call): void {
    this.#call = call.outer;
  }

  settle({ entries }: Call, itemCount: number, outcome: Outcome): void {
    this.pendingItems -= itemCount;
    const isAccepted = outcome.kind === 'accepted' || outcome.kind === 'partial';
    if (!isAccepted) this.refusedItems += itemCount;
    else if (outcome.kind === 'partial') this.refusedItems += outcome.rejectedItems;
    if (entries === undefined) return;
    for (const entry of entries) {
      if (entry.kind === 'created') this.#createdInside -= entry.items;
      if (isAccepted) this.#add(entry);
    }
  }

  /** Counts a batch that was rejected before it entered. */
  reject(itemCount: number): void {
    this.receivedItems += itemCount;
    this.refusedItems += itemCount;
  }

  /** Counts the outcome of a batch that this component has sent. */
  sent(itemCount: number, outcome: Outcome): void {
    if (outcome.kind === 'accepted') this.forwardedItems += itemCount;
    else if (outcome.kind === 'partial') {
      this.forwardedItems += itemCount - outcome.rejectedItems;
      this.returnedItems += outcome.rejectedItems;
    } else this.returnedItems += itemCount;
  }

  /** Counts items that the component dropped, created or merged. */
  report(kind: EntryKind, items: number, reason: string, rule?: string): void {
    const isByRules = kind === 'dropped' && rule === undefined && this.#rules.length > 0;
    const rest = isByRules ? this.#reportByRules(items, reason) : items;
    if (rest > 0) this.#report(kind, rest, reason, rule);
  }

  #report(kind: EntryKind, items: number, reason: string, rule?: string): void {
    const call = this.#call;
    if (call === undefined || this.holdsItems) {
      this.#add({ kind, reason, rule, items });
      return;
    }
    if (kind === 'created') this.#createdInside += items;
    call.entries ??= [];
    // Some components report each item.
    const last = call.entries.at(-1);
    if (last?.kind === kind && last.reason === reason && last.rule === rule) last.items += items;
    else call.entries.push({ kind, reason, rule, items });
  }

  /** Reports the items that rules have counted in the current batch. Returns the number of others. */
  #reportByRules(items: number, reason: string): number {
    let rest = items;
    const rules = this.#rules.filter(({ identity }) => identity.reason === reason);
    for (const { pendingItems, identity } of rules) {
      const counted = Math.min(rest, pendingItems);
      if (counted > 0) this.#report('dropped', counted, reason, identity.rule);
      rest -= counted;
    }
    // The number of items in a dropped resource is known only as the rest.
    const groups = rules.filter(({ hasGroup }) => hasGroup);
    const [only] = groups;
    if (only !== undefined && groups.length === 1 && rest > 0) {
      this.#report('dropped', rest, reason, only.identity.rule);
      rest = 0;
    }
    this.#forgetPending();
    return rest;
  }

  #forgetPending(): void {
    for (const rule of this.#rules) {
      rule.pendingItems = 0;
      rule.hasGroup = false;
    }
  }

  #add({ kind, reason, rule, items }: Entry): void {
    if (kind === 'dropped') this.dropped[reason] = (this.dropped[reason] ?? 0) + items;
    const key = `${kind} ${reason} ${rule ?? ''}`;
    const known = this.#entries.get(key);
    if (known !== undefined) known.items += items;
    // Rules come from the configuration, reasons from code: their number is bounded.
    else this.#entries.set(key, { kind, reason, rule, items });
  }
}
