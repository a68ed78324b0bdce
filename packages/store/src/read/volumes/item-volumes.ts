import type { Signal } from '@otelier/otlp';
import { TIME_COLUMN } from '../../schema.ts';
import { levelOf } from '../../summaries/build.ts';
import { SECTIONS } from '../../summaries/encode.ts';
import type { ItemVolume, ItemVolumesQuery } from '../../volumes/contract.ts';
import { type SenderSizes, senderKey, withEstimates } from '../../volumes/estimate.ts';
import { sourcesOf } from '../scan/sources.ts';
import { asNumber, asText, type ReadContext, select, where, withRange } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { stepsOf } from '../shared/steps.ts';
import { earlier, later } from '../shared/times.ts';
import { mergeFiles } from '../summaries/merge-files.ts';
import { MergedVolumes } from '../summaries/merge-volumes.ts';
import { partConditions, type RowPart } from '../summaries/plan.ts';
import type { VolumeItems } from '../summaries/protocol.ts';

/** Signals with items that are rows. */
export type ItemSignal = Exclude<Signal, 'profiles'>;

/** The columns that tell items apart, besides their service. */
const DETAIL: Readonly<Record<ItemSignal, string | undefined>> = {
  traces: undefined,
  logs: 'severity_number',
  metrics: 'name',
};

/**
 * Adds up items and their sizes from the summaries of files. Rows of cells that a step divides, and of files without
 * sizes, are counted, and their sizes are estimated.
 */
export async function itemVolumes(context: ReadContext, query: ItemVolumesQuery): Promise<readonly ItemVolume[]> {
  const { signal, start, end, steps, detail = false } = query;
  stepsOf(query);
  if (signal === 'profiles') return [];
  const sections = SECTIONS.volumes | (detail && DETAIL[signal] === 'name' ? SECTIONS.names : 0);
  const wanted = { kind: 'volumes', start, end, steps, service: undefined, detail } as const;
  return withRange<readonly ItemVolume[]>(
    context,
    query,
    signal,
    [],
    async (files) => {
      const { parts, rows } = await mergeFiles(context, files, wanted, sections);
      const sized = parts.flatMap(({ volumes = [] }) => volumes);
      if (rows.length === 0) return combine(sized, [], new Map());
      const counted = await Promise.all(rows.map((part) => countRows(context, { ...query, signal, detail }, part)));
      return combine(sized, counted.flat(), await sizesIn(context, files, detail, sections));
    },
    'summaries',
  );
}

type RowsQuery = ItemVolumesQuery & { readonly signal: ItemSignal; readonly detail: boolean };

/** Maximum number of groups of rows. */
const MAX_GROUPS = 100_000;

/** Counts rows, without the engine if that is possible. */
async function countRows(context: ReadContext, query: RowsQuery, part: RowPart): Promise<readonly VolumeItems[]> {
  const { signal, start, end, steps } = query;
  const own = query.detail ? DETAIL[signal] : undefined;
  const columns = ['service_name', ...(own === undefined ? [] : [own])];
  const found = await context.duck.scan(
    {
      ...{ kind: 'items', signal, range: { start, end, steps }, columns, bodies: false, limit: MAX_GROUPS },
      ...{ sources: sourcesOf(part.files, []), conditions: [], timeoutMillis: context.limits.timeoutMillis },
      ranges: part.ranges.map((range) => ({ start: range.start, end: range.end })),
    },
    context.caller,
  );
  if (found?.kind !== 'items') return selectRows(context, query, part, own);
  return found.items.map(({ step, items, values }) => rowsOf(step, items, values[0], values[1]));
}

/** Counts rows by the engine. */
async function selectRows(
  context: ReadContext,
  query: RowsQuery,
  part: RowPart,
  own: string | undefined,
): Promise<readonly VolumeItems[]> {
  const { signal } = query;
  const columns = [`${stepsOf(query).indexOf(TIME_COLUMN[signal])} AS step`, 'service_name', ...(own ? [own] : [])];
  const conditions = where(partConditions(part, signal));
  const text = `SELECT ${columns.join(', ')}, count(*) AS items FROM ${part.files.relation} ${conditions} GROUP BY ALL`;
  const rows = await select(context, query.tenant, text, new ParameterBag());
  return rows.map((row) => rowsOf(asNumber(row['step']), asNumber(row['items']), row['service_name'], own && row[own]));
}

function rowsOf(step: number, items: number, service: unknown, detail: unknown): VolumeItems {
  const level = typeof detail === 'number' ? levelOf(detail) : 0;
  return { service: asText(service), name: asText(detail), level, step, items, bytes: 0 };
}

/** Returns the sizes of all items in files, which need not be in the range, by sender. */
async function sizesIn(context: ReadContext, files: Files, detail: boolean, sections: number): Promise<SenderSizes> {
  const start = files.all.map(({ minTime }) => minTime).reduce(earlier, undefined) ?? 0n;
  const end = (files.all.map(({ maxTime }) => maxTime).reduce(later, undefined) ?? 0n) + 1n;
  const wanted = { kind: 'volumes', start, end, steps: 1, service: undefined, detail } as const;
  const { parts } = await mergeFiles(context, files, wanted, sections);
  return new Map(parts.flatMap(({ volumes = [] }) => volumes).map((one) => [senderKey(one), one]));
}

/** Combines items with sizes and those that were only counted. */
function combine(
  sized: readonly VolumeItems[],
  counted: readonly VolumeItems[],
  sizes: SenderSizes,
): readonly ItemVolume[] {
  const all = new MergedVolumes();
  const withSize = new MergedVolumes();
  for (const one of sized) {
    all.add(one);
    withSize.add(one);
  }
  for (const one of counted) all.add(one);
  const keyOf = (one: VolumeItems): string => `${one.step} ${senderKey(one)}`;
  const known = new Map(withSize.all().map((one) => [keyOf(one), one.items]));
  const volumes = all.all().map(({ bytes, ...one }) => {
    return { ...one, sizedBytes: bytes, sizedItems: known.get(keyOf({ ...one, bytes })) ?? 0 };
  });
  return withEstimates(volumes, sizes);
}
