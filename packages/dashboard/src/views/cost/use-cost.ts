import type { CostAttribute, CostAttributesResponse, CostResponse, CostSender } from '@otelier/query';
import { useMemo } from 'react';
import type { PageSearch } from '../../data/search.ts';
import { type QueryState, useApiQuery } from '../../data/use-api-query.ts';
import { usePageSearch } from '../../data/use-search.ts';
import { msg } from '../../locale/t.ts';
import { usePageWindow } from '../../time/page-window.tsx';

const STEPS = 60;
const MAX_SENDERS = 1000;
/** Least time between queries of a live view. */
const REFRESH_MILLIS = 15_000;

export const SIGNALS = ['traces', 'logs', 'metrics'] as const;
export type CostSignal = (typeof SIGNALS)[number];

/** Names of the items of each signal. */
export const ITEM_WORDS = { traces: msg('spans'), logs: msg('log records'), metrics: msg('data points') } as const;

/** What is measured: bytes, or items. */
export type CostUnit = 'bytes' | 'items';

/** What the view shows, from the URL. */
export interface CostState {
  readonly tab: 'senders' | 'attributes';
  readonly unit: CostUnit;
  readonly signal: CostSignal | undefined;
}

/** Returns what the view shows. Attributes are those of one signal. */
export function useCostState(): CostState {
  const { tab, unit, signal } = usePageSearch();
  const isAttributes = tab === 'attributes';
  return {
    tab: isAttributes ? 'attributes' : 'senders',
    unit: unit === 'items' ? 'items' : 'bytes',
    signal: SIGNALS.find((one) => one === signal) ?? (isAttributes ? 'traces' : undefined),
  };
}

/** Returns the page's range in steps that are long enough for numbers that need no live updates. */
export function useCostRange(): { readonly start: number; readonly end: number } {
  const { startMillis, endMillis } = usePageWindow();
  const grain = Math.max(REFRESH_MILLIS, Math.round((endMillis - startMillis) / 120));
  return useMemo(
    () => ({ start: Math.floor(startMillis / grain) * grain, end: Math.ceil(endMillis / grain) * grain }),
    [startMillis, endMillis, grain],
  );
}

/** Queries what services send. */
export function useCost(): QueryState<CostResponse> {
  return useApiQuery<CostResponse>({
    path: '/cost',
    params: { ...useCostRange(), steps: STEPS, limit: MAX_SENDERS },
  });
}

/** Queries the attributes of a signal. */
export function useCostAttributes(signal: CostSignal, enabled: boolean): QueryState<CostAttributesResponse> {
  const params = { ...useCostRange(), signal, limit: 500 };
  return useApiQuery<CostAttributesResponse>({ path: '/cost/attributes', params, enabled });
}

/** A row of the view: what a service sends, or an attribute. */
export type CostRow =
  | { readonly kind: 'sender'; readonly id: string; readonly sender: CostSender }
  | { readonly kind: 'attribute'; readonly id: string; readonly signal: CostSignal; readonly attribute: CostAttribute };

/** Returns the row of a sender. */
export function senderRow(sender: CostSender): CostRow {
  return { kind: 'sender', id: [sender.signal, sender.service, sender.level ?? sender.name].join(' '), sender };
}

/** Returns the row of an attribute. */
export function attributeRow(signal: CostSignal, attribute: CostAttribute): CostRow {
  return { kind: 'attribute', id: `${signal} ${attribute.key}`, signal, attribute };
}

/** Returns the items and bytes of a row. */
export function volumeOf(row: CostRow): { readonly items: number; readonly bytes: number } {
  return row.kind === 'sender' ? row.sender : row.attribute;
}

/** Returns the search parameters to select a row with, and to show the rule that comes first. */
export function selectRow(row: CostRow | undefined): Pick<PageSearch, 'row' | 'rule'> {
  return { row: row?.id, rule: undefined };
}
