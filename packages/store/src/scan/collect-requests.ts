import type { BytesColumn, Words64Column } from '../parquet/column.ts';
import { entriesOf, entryText } from '../parquet/entries.ts';
import type { RequestStats } from '../read/summaries/histogram.ts';
import type { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { RequestGrouping } from '../read/summaries/protocol.ts';
import { bucketOf } from '../summaries/durations.ts';
import { FAILED_CODES, SERVING_KINDS } from '../summaries/operations.ts';
import type { RowBlock } from './block.ts';
import { combine, filterRows, firstRows, type RowList, rowsOfEntries } from './selection.ts';
import { StepClock, type StepRange } from './step-clock.ts';
import { NotScannableError } from './value-tests.ts';

/** Where requests are counted. */
export interface RequestTargets {
  /** Server and consumer spans, in groups of `by`. */
  readonly serving: MergedRequests;
  readonly by: RequestGrouping;
  /** Other root spans, in groups of `rootsBy`. They are requests of services that have no server or consumer spans. */
  readonly roots: MergedRequests;
  readonly rootsBy: RequestGrouping;
  /** The services whose roots are counted, if they are known. */
  readonly rootOnly: ReadonlySet<string> | undefined;
}

/**
 * Counts the requests among the selected rows of a block, which are in the range. `onlyStep` is the step of all of them, if
 * it is known. Decodes only the columns that are needed.
 */
export function collectRequests(
  block: RowBlock,
  selected: RowList,
  range: StepRange,
  targets: RequestTargets,
  onlyStep?: number,
): void {
  const kind = textsOf(block, 'kind', selected);
  const isServing = entriesOf(kind, SERVING_KINDS);
  const serving = rowsOfEntries(selected, kind.refs, isServing, 1);
  const others = rootsAreWanted(targets) ? rowsOfEntries(selected, kind.refs, isServing, 0) : NONE;
  const roots = others.length === 0 ? others : rootRows(block, others, targets);
  const read = roots.length === 0 ? serving : combine([serving, roots], block.rows);
  if (read.length === 0) return;
  const columns: RequestColumns = {
    status: textsOf(block, 'status_code', read),
    durations: wordsOf(block, 'duration_ns', read),
    times: onlyStep === undefined ? wordsOf(block, 'start_time', read) : onlyStep,
  };
  const { by, rootsBy } = targets;
  add(columns, serving, range, new BlockGroups(block, read, targets.serving, by, range.steps));
  add(columns, roots, range, new BlockGroups(block, read, targets.roots, rootsBy, range.steps));
}

const NONE: RowList = new Uint32Array(0);

/** The columns of requests. Instead of the times, there is the step of all requests if it is known. */
interface RequestColumns {
  readonly status: BytesColumn;
  readonly durations: Words64Column;
  readonly times: Words64Column | number;
}

function add({ status, durations, times }: RequestColumns, rows: RowList, range: StepRange, groups: BlockGroups): void {
  const { words } = durations;
  const isError = entriesOf(status, FAILED_CODES);
  const clock = new StepClock(range);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    const step = typeof times === 'number' ? times : clock.stepOf(times.words[row * 2], times.words[row * 2 + 1] | 0);
    const stats = groups.stats(row, step);
    const nanos = (words[row * 2 + 1] | 0) * 2 ** 32 + words[row * 2];
    stats.add(1, isError[status.refs[row]], nanos, nanos, nanos);
    stats.addBucket(bucketOf(nanos), 1);
  }
}

function textsOf(block: RowBlock, name: string, rows: RowList): BytesColumn {
  const column = block.column(name, rows);
  if (column?.kind !== 'bytes') throw new NotScannableError(`expected texts in the column ${name}`);
  return column;
}

function wordsOf(block: RowBlock, name: string, rows: RowList): Words64Column {
  const column = block.column(name, rows);
  if (column?.kind !== 'words64') throw new NotScannableError(`expected numbers in the column ${name}`);
  return column;
}

/** Returns the column of the services; `undefined` if no row has one. */
function servicesOf(block: RowBlock, rows: RowList): BytesColumn | undefined {
  const column = block.column('service_name', rows);
  return column?.kind === 'bytes' ? column : undefined;
}

function rootsAreWanted({ rootOnly }: RequestTargets): boolean {
  return rootOnly === undefined || rootOnly.size > 0;
}

/** Returns those of some rows that are root spans of the services whose roots are counted. */
function rootRows(block: RowBlock, rows: RowList, { rootOnly }: RequestTargets): RowList {
  const parent = block.column('parent_span_id', rows);
  // A column without flags has a value in every row.
  if (parent?.kind === 'words64' && parent.present === undefined) return NONE;
  const parents = parent?.kind === 'words64' ? parent.present : undefined;
  const roots = parents === undefined ? rows : filterRows(rows, (row) => parents[row] === 0);
  if (rootOnly === undefined) return roots;
  // The services of all rows, because the column is used again.
  const services = servicesOf(block, firstRows(block.rows));
  const isWanted = services && entriesOf(services, rootOnly);
  const ofMissing = rootOnly.has('');
  return filterRows(roots, (row) => {
    const entry = services === undefined ? 0 : services.refs[row];
    return entry === 0 ? ofMissing : isWanted?.[entry] === 1;
  });
}

/** Finds the statistics of a block's groups by numbers, so that texts are hashed once. */
class BlockGroups {
  readonly #merged: MergedRequests;
  readonly #steps: number;
  readonly #services: BytesColumn | undefined;
  readonly #names: BytesColumn | undefined;
  readonly #stats = new Map<number, RequestStats>();
  #lastKey = -1;
  #last: RequestStats | undefined;

  constructor(block: RowBlock, rows: RowList, merged: MergedRequests, by: RequestGrouping, steps: number) {
    this.#merged = merged;
    this.#steps = steps;
    this.#services = by === 'service' || by === 'operation' ? servicesOf(block, rows) : undefined;
    this.#names = by === 'route' || by === 'operation' ? textsOf(block, 'name', rows) : undefined;
  }

  stats(row: number, step: number): RequestStats {
    const service = this.#services === undefined ? 0 : this.#services.refs[row];
    const name = this.#names === undefined ? 0 : this.#names.refs[row];
    const key = (service * ((this.#names?.entries.count ?? 0) + 1) + name) * this.#steps + step;
    if (key === this.#lastKey && this.#last !== undefined) return this.#last;
    let stats = this.#stats.get(key);
    if (stats === undefined) {
      const group = this.#merged.group(entryText(this.#services, service), entryText(this.#names, name));
      stats = this.#merged.stats(group, step);
      this.#stats.set(key, stats);
    }
    this.#lastKey = key;
    this.#last = stats;
    return stats;
  }
}
