import type { SignalBuilder } from '../columns/item-builder.ts';
import { pendingBlock } from '../columns/pending/pending-block.ts';
import { type NamedRows, rowsAt, rowsOfTraces } from '../columns/pending/pending-traces.ts';
import type { Condition, FacetValue } from '../contract.ts';
import type { ErrorPart } from '../read/summaries/merge-errors.ts';
import { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { ServiceItems } from '../read/summaries/protocol.ts';
import type { RowBlock } from '../scan/block.ts';
import { collectErrors } from '../scan/collect-errors.ts';
import { collectRequests } from '../scan/collect-requests.ts';
import { collectServices } from '../scan/collect-services.ts';
import { collectSeverities, type SeverityCount } from '../scan/collect-severities.ts';
import { collectValues, ValueCounts } from '../scan/collect-values.ts';
import { nearestTimes } from '../scan/nearest-times.ts';
import { type NewestTraces, newestOf, selectRanges, type TimeRange } from '../scan/newest.ts';
import { NewestRows } from '../scan/newest-rows.ts';
import { placesOf, scanConditions } from '../scan/scan-filter.ts';
import { selectRows } from '../scan/select-rows.ts';
import { NotScannableError } from '../scan/value-tests.ts';
import type { Pending } from './pending.ts';
import type { PendingPlace, PendingQuestion, PendingReply, PendingRequests } from './protocol.ts';

/** Returns where the pending rows are that no file contains; `undefined` if the snapshots contain all of them. */
export function placeOfPending(pending: Pending | undefined): PendingPlace | undefined {
  if (pending?.builder === undefined || pending.isCaptured) return undefined;
  return placeOf(pending.builder, pending.generation);
}

/** Returns the place of all rows of a builder. */
export function placeOf(builder: SignalBuilder, generation: number): PendingPlace {
  const { rows } = builder;
  const { min, max } = builder.timeRange(0, rows);
  return { generation, rows, minTime: min, maxTime: max };
}

/** Reads pending rows; `undefined` if they have been written to a file since. */
export function replyOf(
  pending: Pending | undefined,
  { rows, generation }: PendingPlace,
  question: PendingQuestion,
): PendingReply | undefined {
  const builder = pending?.builder;
  if (builder === undefined || pending?.generation !== generation || builder.rows < rows) return undefined;
  return replyFrom(builder, rows, question);
}

/** Reads the first rows of a builder. */
export function replyFrom(builder: SignalBuilder, rows: number, question: PendingQuestion): PendingReply {
  const { newest, requests, errors, severities, logRows, values, services, nearest, traceRows } = question;
  const pending = new PendingRows(builder, rows);
  const found = newest && scanned(() => newestPending(pending, newest));
  const reply = {
    newest: found,
    requests: requests && scanned(() => pendingRequests(pending, requests)),
    errors: errors && scanned(() => pendingErrors(pending, errors)),
    severities: severities && scanned(() => pendingSeverities(pending, severities)),
    logRows: logRows && scanned(() => pendingLogs(builder, pending, logRows)),
    values: values && scanned(() => pendingValues(pending, values)),
    services: services && scanned(() => pendingServices(pending, services)),
    keys: question.keys && builder.contents(0, rows).keys,
    nearest: nearest && nearestTimes(builder.times(rows).words, nearest),
  };
  if (traceRows === undefined) return reply;
  const newestIds = (found?.traces ?? []).slice(0, traceRows.ofNewest ?? 0).map(({ traceId }) => traceId);
  const traceIds = [...traceRows.traceIds, ...newestIds];
  return { ...reply, traceRows: rowsOfTraces(builder, { ...traceRows, traceIds, rows }) };
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

function pendingLogs(
  builder: SignalBuilder,
  rows: PendingRows,
  { conditions, limit, columns, maxBytes, ...range }: Asked<'logRows'>,
): NamedRows | undefined {
  const { block, words, selected } = rows.select(range, conditions);
  const newest = new NewestRows<RowBlock>(limit);
  newest.add(block, words, selected);
  const found = newest.all.map(({ row }) => row).sort((a, b) => a - b);
  return rowsAt(builder, found, { columns, withAttributes: true, maxBytes });
}

function pendingValues(rows: PendingRows, { field, conditions, ...range }: Asked<'values'>): readonly FacetValue[] {
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
