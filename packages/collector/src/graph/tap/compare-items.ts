import type { TappedItem, TappedValue } from '@otelier/query';
import { itemValues } from './item-values.ts';
import { type JsonItem, objectOf } from './json-items.ts';
import { veil } from './mask.ts';

/** Maximum number of values of an item that are shown. */
const MAX_VALUES = 200;
const MAX_TEXT = 400;
const ERROR_STATUS = 2;
const ERROR_SEVERITY = 17;

type Compared = Omit<TappedItem, 'index' | 'atMillis' | 'signal'>;

/** Describes items, and what a component changed in them. */
export class ItemComparer {
  readonly #mask: ((json: unknown) => unknown) | undefined;

  /** Without a mask, all values are shown. */
  constructor(mask: ((json: unknown) => unknown) | undefined) {
    this.#mask = mask;
  }

  /**
   * Compares an item with the candidates for what it was before: the closest one counts. With a mask, what a
   * component removed or replaced is shown only by its form, since it may be why the component is there.
   */
  compare(after: JsonItem, candidates: readonly JsonItem[] | 'unknown' | 'none'): Compared {
    const afterValues = itemValues(after);
    const before = typeof candidates === 'string' ? undefined : closestTo(afterValues, candidates);
    const comparison = typeof candidates === 'string' ? candidates : before === undefined ? 'unknown' : 'found';
    const shown = this.#shown(after);
    const beforeValues = before && itemValues(before);
    const shownBefore = before && this.#shown(before);
    const keys = new Set([...(beforeValues?.keys() ?? []), ...afterValues.keys()]);
    const changed: TappedValue[] = [];
    const same: TappedValue[] = [];
    for (const key of keys) {
      const isSame = beforeValues === undefined || beforeValues.get(key) === afterValues.get(key);
      const [from, to] = [shownBefore?.get(key), shown.get(key)];
      const hidden = isSame || from === undefined || this.#mask === undefined ? from : veil(from);
      (isSame ? same : changed).push({
        key: cut(key),
        ...(hidden !== undefined && { before: cut(hidden) }),
        ...(to !== undefined && { after: cut(to) }),
      });
    }
    return {
      ...summaryOf(afterValues, shown),
      comparison,
      changedValues: changed.length,
      values: [...changed, ...same.sort((a, b) => rankOf(a) - rankOf(b))].slice(0, MAX_VALUES),
      leftOutValues: Math.max(0, keys.size - MAX_VALUES),
    };
  }

  #shown(item: JsonItem): ReadonlyMap<string, string> {
    const mask = this.#mask;
    if (mask === undefined) return itemValues(item);
    const masked = (part: JsonItem['item']) => objectOf(mask(part));
    return itemValues({
      resource: masked(item.resource),
      scope: masked(item.scope),
      metric: item.metric && masked(item.metric),
      item: masked(item.item),
    });
  }
}

/** Attributes first, then what describes the source, then IDs and times. */
function rankOf({ key }: TappedValue): number {
  if (key.startsWith('attributes.')) return 0;
  return key === 'name' || key === 'body' || key.startsWith('metric.') ? 1 : key.startsWith('resource.') ? 2 : 3;
}

function summaryOf(
  values: ReadonlyMap<string, string>,
  shown: ReadonlyMap<string, string>,
): Pick<Compared, 'service' | 'name' | 'isError' | 'durationNanos' | 'traceId'> {
  const start = values.get('startTimeUnixNano');
  const end = values.get('endTimeUnixNano');
  const traceId = values.get('traceId');
  return {
    service: cut(shown.get('resource.service.name') ?? ''),
    name: cut(shown.get('name') ?? shown.get('metric.name') ?? shown.get('body') ?? ''),
    isError:
      values.get('status.code') === String(ERROR_STATUS) || Number(values.get('severityNumber') ?? 0) >= ERROR_SEVERITY,
    ...(start !== undefined && end !== undefined && { durationNanos: Number(BigInt(end) - BigInt(start)) }),
    ...(traceId !== undefined && traceId !== '' && { traceId }),
  };
}

function closestTo(values: ReadonlyMap<string, string>, candidates: readonly JsonItem[]): JsonItem | undefined {
  let best: { readonly item: JsonItem; readonly equal: number } | undefined;
  for (const item of candidates) {
    let equal = 0;
    for (const [key, value] of itemValues(item)) if (values.get(key) === value) equal += 1;
    if (best === undefined || equal > best.equal) best = { item, equal };
  }
  return best?.item;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
