import { type Batch, forEachItem } from '@otelier/otlp';
import type {
  Attributes,
  AttributeVolume,
  AttributeVolumesQuery,
  ItemVolume,
  ItemVolumesQuery,
  RangeQuery,
} from '@otelier/store';
import { decodeRequest } from '../request-codec.ts';
import { jsonText, logRows, pointRows, spanRows } from './rows.ts';
import { stepsOf } from './steps.ts';

/** An item with its size. */
interface SizedItem {
  readonly time: bigint;
  readonly service: string;
  readonly name: string;
  readonly level: number;
  readonly bytes: number;
  readonly attributes: Attributes;
}

/** Adds up the sizes of items. */
export function itemVolumes(batches: readonly Batch[], query: ItemVolumesQuery): readonly ItemVolume[] {
  const steps = stepsOf(query);
  const found = new Map<string, ItemVolume>();
  for (const { time, service, name, level, bytes } of sizedItems(batches, query)) {
    const own = query.detail === true ? { name, level } : { name: '', level: 0 };
    const of = { step: steps.indexOf(time), service, ...own };
    const key = JSON.stringify(of);
    const known = found.get(key) ?? { ...of, items: 0, sizedItems: 0, bytes: 0 };
    const [items, sizedItems] = [known.items + 1, known.sizedItems + 1];
    found.set(key, { ...of, items, sizedItems, bytes: known.bytes + bytes });
  }
  return [...found.values()];
}

/** Length of the tags and lengths of an attribute. */
const FRAME_BYTES = 8;

/** Adds up the sizes of attributes. */
export function attributeVolumes(batches: readonly Batch[], query: AttributeVolumesQuery): readonly AttributeVolume[] {
  const found = new Map<string, { items: number; bytes: number; readonly values: Set<string> }>();
  for (const { attributes } of sizedItems(batches, query)) {
    for (const [key, value] of Object.entries(attributes)) {
      const known = found.get(key) ?? { items: 0, bytes: 0, values: new Set() };
      const text = typeof value === 'string' ? value : jsonText(value);
      known.items += 1;
      known.bytes += Buffer.byteLength(key) + Buffer.byteLength(text) + FRAME_BYTES;
      known.values.add(`${typeof value}${text}`);
      found.set(key, known);
    }
  }
  return [...found]
    .map(([key, { values, ...rest }]) => ({ key, ...rest, values: values.size, valuesAre: 'exact' as const }))
    .sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1))
    .slice(0, query.limit);
}

function* sizedItems(
  batches: readonly Batch[],
  { signal, start, end }: RangeQuery & { readonly signal: Batch['signal'] },
): Generator<SizedItem> {
  for (const { signal: own, parts, context } of batches) {
    if (own !== signal || signal === 'profiles') continue;
    for (const part of parts) {
      const sizes: number[] = [];
      forEachItem(signal, part, (item) => sizes.push(item.end - item.start));
      for (const [index, item] of ROWS[signal](part, context.arrivalMillis).entries()) {
        if (item.time >= start && item.time < end) yield { ...item, bytes: sizes[index] ?? 0 };
      }
    }
  }
}

const ROWS = {
  traces: (part: Uint8Array) =>
    [...spanRows(decodeRequest('traces', part))].map(({ start: time, service, attributes }) => {
      return { time, service, name: '', level: 0, attributes };
    }),
  logs: (part: Uint8Array, arrivalMillis: number) =>
    [...logRows(decodeRequest('logs', part), arrivalMillis, () => 0)].map((row) => {
      const { time, service, attributes, severityNumber: number } = row;
      const level = number >= 1 && number <= 24 ? Math.ceil(number / 4) : 0;
      return { time, service, name: '', level, attributes };
    }),
  metrics: (part: Uint8Array, arrivalMillis: number) =>
    [...pointRows(decodeRequest('metrics', part), arrivalMillis)].map(({ time, service, metric: name, attributes }) => {
      return { time, service, name, level: 0, attributes };
    }),
};
