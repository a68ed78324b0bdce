import type { AttributeVolume, AttributeVolumesQuery, ItemVolume, ItemVolumesQuery } from '../volumes/contract.ts';
import { withEstimates } from '../volumes/estimate.ts';
import { itemsFrom, itemsInRange } from './items.ts';
import { ITEM, SIGNAL_COLUMNS } from './schema/layout.ts';
import { asNumber, asText, type ClickHouseContext, select } from './shared/context.ts';
import type { ItemSignal } from './shared/fields.ts';
import { stepsOf } from './shared/steps.ts';

/** SQL for what tells items apart, besides their service. */
const DETAIL: Readonly<Record<ItemSignal, { readonly name: string; readonly level: string }>> = {
  traces: { name: "''", level: '0' },
  logs: { name: "''", level: 'if(SeverityNumber BETWEEN 1 AND 24, intDiv(SeverityNumber + 3, 4), 0)' },
  metrics: { name: 'toString(MetricName)', level: '0' },
};
const NO_DETAIL = { name: "''", level: '0' };

/** Adds up items and their sizes. Rows that the Collector inserted have no encoded item, so that their size is estimated. */
export async function itemVolumes(context: ClickHouseContext, query: ItemVolumesQuery): Promise<readonly ItemVolume[]> {
  const { signal, steps, detail = false } = query;
  const { indexOf } = stepsOf(query);
  if (signal === 'profiles' || query.end <= query.start) return [];
  const { name, level } = detail ? DETAIL[signal] : NO_DETAIL;
  const columns = [
    `${steps === 1 ? '0' : indexOf(SIGNAL_COLUMNS[signal].nanos)} AS step`,
    ...['toString(ServiceName) AS service', `${name} AS item_name`, `${level} AS item_level`],
    `length(${ITEM}) AS size`,
  ];
  const groups = 'step, service, item_name, item_level';
  const text =
    `SELECT ${groups}, count() AS items, countIf(size > 0) AS sized, sum(size) AS bytes ` +
    `FROM ${itemsFrom(context, signal, columns, itemsInRange(query, signal))} GROUP BY ${groups}`;
  const volumes = (await select(context, text)).map((row) => ({
    step: asNumber(row['step']),
    service: asText(row['service']),
    name: asText(row['item_name']),
    level: asNumber(row['item_level']),
    items: asNumber(row['items']),
    sizedItems: asNumber(row['sized']),
    sizedBytes: asNumber(row['bytes']),
  }));
  return withEstimates(volumes);
}

/** Bytes of an attribute besides its key and value: tags and lengths. */
const FRAME_BYTES = 8;
/** Number of distinct values up to which `uniqCombined` keeps the hash of each one. */
const EXACT_VALUES = 1024;

/** Returns the attributes of items. Distinct values beyond `EXACT_VALUES` are estimated by `uniqCombined`. */
export async function attributeVolumes(
  context: ClickHouseContext,
  query: AttributeVolumesQuery,
): Promise<readonly AttributeVolume[]> {
  const { signal, limit } = query;
  if (signal === 'profiles' || query.end <= query.start) return [];
  const columns = [`${SIGNAL_COLUMNS[signal].attributes} AS attributes`];
  const text =
    `SELECT toString(pair.1) AS key, count() AS items, sum(length(pair.1) + length(pair.2) + ${FRAME_BYTES}) AS bytes, ` +
    `uniqCombined(pair.2) AS distinct_values ` +
    `FROM ${itemsFrom(context, signal, columns, itemsInRange(query, signal))} ` +
    `ARRAY JOIN arrayZip(mapKeys(attributes), mapValues(attributes)) AS pair ` +
    `GROUP BY key ORDER BY bytes DESC, key LIMIT ${limit}`;
  return (await select(context, text)).map((row) => {
    const values = asNumber(row['distinct_values']);
    return {
      ...{ key: asText(row['key']), items: asNumber(row['items']), bytes: asNumber(row['bytes']) },
      ...{ values, valuesAre: values <= EXACT_VALUES ? 'exact' : 'estimated' },
    };
  });
}
