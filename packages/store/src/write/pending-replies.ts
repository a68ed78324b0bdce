import { pendingBlock } from '../columns/pending/pending-block.ts';
import { type NamedRows, rowsAt, rowsOfTraces } from '../columns/pending/pending-traces.ts';
import type { SignalBuilder } from '../columns/signal-builder.ts';
import type { Condition } from '../contract.ts';
import { earlier, later } from '../read/shared/times.ts';
import type { ErrorPart } from '../read/summaries/merge-errors.ts';
import { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { ServiceItems } from '../read/summaries/protocol.ts';
import type { RowBlock } from '../scan/block.ts';
import { collectErrors } from '../scan/collect-errors.ts';
import { collectItems, type ItemCell } from '../scan/collect-items.ts';
import { collectRequests } from '../scan/collect-requests.ts';
import { collectServices } from '../scan/collect-services.ts';
import { collectSeverities, type SeverityCount } from '../scan/collect-severities.ts';
import { type CountedValues, collectValues, ValueCounts } from '../scan/collect-values.ts';
import { nearestTimes } from '../scan/nearest-times.ts';
import { type NewestTraces, newestOf, selectRanges, type TimeRange } from '../scan/newest.ts';
import { NewestRows } from '../scan/newest-rows.ts';
import { placesOf, scanConditions } from '../scan/scan-filter.ts';
import { selectRows } from '../scan/select-rows.ts';
import { NotScannableError } from '../scan/value-tests.ts';
import { mergeReplies, mergeRows } from './merge-replies.ts';
import type { Pending } from './pending.ts';
import type { PendingPlace, PendingQuestion, PendingReply, PendingRequests } from './protocol.ts';

/** The first rows of a builder. */
export interface BuilderRows {
  readonly builder: SignalBuilder;
  readonly rows: number;
}

/** Returns where the pending rows are that no file contains; `undefined` if the snapshots contain all of them. */
export function placeOfPending(pending: Pending | undefined): PendingPlace | undefined {
  const files = pending?.files ?? [];
  return files.every(({ isCaptured }) => isCaptured) ? undefined : placeOf(files);
}

/** Returns the place of all rows of one or more builders. */
export function placeOf(files: readonly (BuilderRows & { readonly generation: number })[]): PendingPlace {
  const ranges = files.map(({ builder, rows }) => builder.timeRange(0, rows));
  return {
    parts: files.map(({ generation, rows }) => ({ generation, rows })),
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    minTime: ranges.map(({ min }) => min).reduce(earlier, undefined) ?? 0n,
    maxTime: ranges.map(({ max }) => max).reduce(later, undefined) ?? 0n,
  };
}

/** Reads pending rows; `undefined` if some have been written to a file since. */
export function replyOf(
  pending: Pending | undefined,
  { parts }: PendingPlace,
  question: PendingQuestion,
): PendingReply | undefined {
  const found = parts.flatMap(({ generation, rows }) => {
    const file = pending?.files.find((one) => one.generation === generation && one.rows >= rows);
    return file === undefined ? [] : [{ builder: file.builder, rows }];
  });
  return found.length < parts.length ? undefined : replyFrom(found, question);
}

/** Reads rows of one or more builders. */
export function replyFrom(parts: readonly BuilderRows[], question: PendingQuestion): PendingReply {
  const { traceRows, ...others } = question;
  const reply = mergeReplies(
    parts.map((part) => replyOfPart(part, others)),
    others,
  );
  if (traceRows === undefined) return reply;
  const newestIds = (reply.newest?.traces ?? []).slice(0, traceRows.ofNewest ?? 0).map(({ traceId }) => traceId);
  const traceIds = [...traceRows.traceIds, ...newestIds];
  const rows = parts.map(({ builder, rows: count }) => rowsOfTraces(builder, { ...traceRows, traceIds, rows: count }));
  return { ...reply, traceRows: mergeRows(rows, traceRows.maxRows) };
}

function replyOfPart({ builder, rows }: BuilderRows, question: Omit<PendingQuestion, 'traceRows'>): PendingReply {
  const { newest, requests, errors, severities, items, newestRows, values, services, nearest } = question;
  const pending = new PendingRows(builder, rows);
  return {
    newest: newest && scanned(() => newestPending(pending, newest)),
    requests: requests && scanned(() => pendingRequests(pending, requests)),
    errors: errors && scanned(() => pendingErrors(pending, errors)),
    severities: severities && scanned(() => pendingSeverities(pending, severities)),
    items: items && scanned(() => pendingItems(pending, items)),
    newestRows: newestRows && scanned(() => readNewestRows(builder, pending, newestRows)),
    values: values && scanned(() => pendingValues(pending, values)),
    services: services && scanned(() => pendingServices(pending, services)),
    keys: question.keys && builder.contents(0, rows).keys,
    nearest: nearest && nearestTimes(builder.times(rows).words, nearest),
  };
}

type Asked<Part extends keyof PendingQuestion> = NonNullable<PendingQuestion[Part]>;

function newestPending(rows: PendingRows, { conditions, limit, ...range }: Asked<'newest'>): NewestTraces {
  const { block, words, selected } = rows.select(range, conditions);
  return newestOf(block, words, selected, limit);
}

function pendingRequests(rows: PendingRows, { range, by, conditions }: Asked<'requests'>): PendingRequests {
  const { block, selected } = rows.select(range, conditions);
  const [serving, roots] = [new MergedRequests(), new MergedRequests()];
  const rootsBy = by === 'route' || by === 'operation' ? 'operation' : 'service';
  collectRequests(block, selected, range, { serving, by, roots, rootsBy, rootOnly: undefined });
  return { serving: serving.pack(), roots: roots.pack() };
}

function pendingErrors(rows: PendingRows, { range, conditions }: Asked<'errors'>): readonly ErrorPart[] {
  const { block, selected } = rows.select(range, conditions);
  return collectErrors(block, selected, range);
}

function pendingSeverities(rows: PendingRows, { range, conditions }: Asked<'severities'>): readonly SeverityCount[] {
  const { block, selected } = rows.select(range, conditions);
  return collectSeverities(block, selected, range);
}

function readNewestRows(
  builder: SignalBuilder,
  rows: PendingRows,
  { conditions, limit, columns, withAttributes, maxBytes, ...range }: Asked<'newestRows'>,
): NamedRows | undefined {
  const { block, words, selected } = rows.select(range, conditions);
  const newest = new NewestRows<RowBlock>(limit);
  newest.add(block, words, selected);
  const found = newest.all.map(({ row }) => row).sort((a, b) => a - b);
  return rowsAt(builder, found, { columns, withAttributes, maxBytes });
}

function pendingItems(rows: PendingRows, wanted: Asked<'items'>): readonly ItemCell[] {
  const { block, words, selected } = rows.select(wanted.range, []);
  return collectItems(block, words, selected, wanted);
}

function pendingValues(rows: PendingRows, { field, conditions, ...range }: Asked<'values'>): CountedValues {
  const { block, selected } = rows.select(range, conditions);
  const counts = new ValueCounts();
  collectValues(block, selected, placesOf(field), counts);
  return counts.all();
}

function pendingServices(rows: PendingRows, { service, ...range }: Asked<'services'>): readonly ServiceItems[] {
  const conditions = service === undefined ? [] : [{ field: 'service', op: '=', value: service } as const];
  const { block, words, selected } = rows.select(range, conditions);
  return collectServices(block, words, selected);
}

/** The first rows of a builder, as a block that is built for the first selection. */
class PendingRows {
  readonly #builder: SignalBuilder;
  readonly #rows: number;
  #block: RowBlock | undefined;

  constructor(builder: SignalBuilder, rows: number) {
    this.#builder = builder;
    this.#rows = rows;
  }

  /** Returns the rows in a range that satisfy conditions. `words` are the times of all rows. */
  select(range: TimeRange, conditions: readonly Condition[]) {
    this.#block ??= pendingBlock(this.#builder, this.#rows);
    const { words } = this.#builder.times(this.#rows);
    const selected = selectRows(this.#block, scanConditions(conditions), selectRanges(words, [range]));
    return { block: this.#block, words, selected };
  }
}

/** Returns the result of a scan; `undefined` if the engine must evaluate it. */
function scanned<T>(scan: () => T): T | undefined {
  try {
    return scan();
  } catch (error) {
    if (error instanceof NotScannableError) return undefined;
    throw error;
  }
}
