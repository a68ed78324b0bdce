import { countItems, type Signal } from '@otelier/otlp';
import type { ReportContext } from './report-context.ts';

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
/** Number of items of a signal that are searched, the newest ones. */
const MAX_ITEMS = 5000;
const HOUR_NANOS = 3_600_000_000_000n;
/** Ranges before now that are searched until there are enough items. */
const HOURS = [1n, 24n, 24n * 7n, 24n * 365n] as const;

/** Returns rows with the kinds of sensitive values in the newest items of each signal: where, how many, but no values. */
export async function foundKinds(
  context: ReportContext,
  tenant: string,
  kinds: readonly string[],
): Promise<string[][]> {
  const { findSensitive } = context.host;
  if (findSensitive === undefined) return [];
  const rows: string[][] = [];
  for (const signal of SIGNALS) {
    const requests = await newestRequests(context, tenant, signal);
    const found = await findSensitive({ signal, kinds, method: 'mask', limit: MAX_ITEMS }, requests);
    if (found.kind === 'invalid') continue;
    const { items, kinds: counts } = found.preview;
    const seen = counts.filter(({ values }) => values > 0);
    for (const { name, group, values, items: own } of seen)
      rows.push([signal, String(items), name, group, String(values), String(own)]);
    if (seen.length === 0) rows.push([signal, String(items), 'none found', '', '0', '0']);
  }
  return rows;
}

async function newestRequests(
  { store, clock }: ReportContext,
  tenant: string,
  signal: Signal,
): Promise<readonly Uint8Array[]> {
  const end = BigInt(clock.now()) * 1_000_000n;
  let requests: Uint8Array[] = [];
  for (const hours of HOURS) {
    requests = [];
    let items = 0;
    for await (const request of store.export({ tenant, signal, start: end - hours * HOUR_NANOS, end })) {
      requests.push(request);
      items += countItems(signal, request);
      if (items >= MAX_ITEMS) return requests;
    }
  }
  return requests;
}
