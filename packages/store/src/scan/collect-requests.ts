import type { BytesColumn, Words64Column } from '../parquet/column.ts';
import { entriesOf, entryText } from '../parquet/entries.ts';
import type { RequestStats } from '../read/summaries/histogram.ts';
import type { MergedRequests } from '../read/summaries/merge-requests.ts';
import type { RequestGrouping } from '../read/summaries/protocol.ts';
import { bucketOf } from '../summaries/durations.ts';
import { FAILED_CODES, SERVING_KINDS } from '../summaries/operations.ts';
import type { RowBlock } from './block.ts';
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
  selected: Uint8Array,
  range: StepRange,
  targets: RequestTargets,
  onlyStep?: number,
): void {
  const kind = textsOf(block, 'kind', selected);
  const status = textsOf(block, 'status_code', selected);
  const { words } = wordsOf(block, 'duration_ns');
  const times = onlyStep === undefined ? wordsOf(block, 'start_time').words : undefined;
  const isServing = entriesOf(kind, SERVING_KINDS);
  const isError = entriesOf(status, FAILED_CODES);
  const roots = new RootRows(block, selected, targets);
  const clock = new StepClock(range);
  const ofServing = new BlockGroups(block, selected, targets.serving, targets.by, range.steps);
  const ofRoots = new BlockGroups(block, selected, targets.roots, targets.rootsBy, range.steps);
  for (let row = 0; row < selected.length; row++) {
    if (selected[row] === 0) continue;
    const isRequest = isServing[kind.refs[row]] === 1;
    if (!isRequest && !roots.has(row)) continue;
    const step = times === undefined ? (onlyStep as number) : clock.stepOf(times[row * 2], times[row * 2 + 1] | 0);
    const stats = (isRequest ? ofServing : ofRoots).stats(row, step);
    const nanos = (words[row * 2 + 1] | 0) * 2 ** 32 + words[row * 2];
    stats.add(1, isError[status.refs[row]], nanos, nanos, nanos);
    stats.addBucket(bucketOf(nanos), 1);
  }
}

function textsOf(block: RowBlock, name: string, selected: Uint8Array): BytesColumn {
  const column = block.column(name, selected);
  if (column?.kind !== 'bytes') throw new NotScannableError(`expected texts in the column ${name}`);
  return column;
}

function wordsOf(block: RowBlock, name: string): Words64Column {
  const column = block.column(name);
  if (column?.kind !== 'words64') throw new NotScannableError(`expected numbers in the column ${name}`);
  return column;
}

/** Returns the column of the services; `undefined` if no row has one. */
function servicesOf(block: RowBlock, selected: Uint8Array): BytesColumn | undefined {
  const column = block.column('service_name', selected);
  return column?.kind === 'bytes' ? column : undefined;
}

/** The root spans of the services whose roots are counted. */
class RootRows {
  readonly #block: RowBlock;
  readonly #selected: Uint8Array;
  readonly #wanted: ReadonlySet<string> | undefined;
  #columns: { readonly parents: Uint8Array | undefined; readonly services: Uint32Array | undefined } | undefined;
  #isWanted: Uint8Array | undefined;

  constructor(block: RowBlock, selected: Uint8Array, { rootOnly }: RequestTargets) {
    this.#block = block;
    this.#selected = selected;
    this.#wanted = rootOnly;
  }

  has(row: number): boolean {
    if (this.#wanted?.size === 0) return false;
    const { parents, services } = this.#read();
    if (parents !== undefined && parents[row] !== 0) return false;
    if (this.#wanted === undefined) return true;
    const entry = services === undefined ? 0 : services[row];
    return entry === 0 ? this.#wanted.has('') : this.#isWanted?.[entry] === 1;
  }

  #read(): { readonly parents: Uint8Array | undefined; readonly services: Uint32Array | undefined } {
    if (this.#columns !== undefined) return this.#columns;
    const parent = this.#block.column('parent_span_id');
    const services = servicesOf(this.#block, this.#selected);
    if (services !== undefined && this.#wanted !== undefined) this.#isWanted = entriesOf(services, this.#wanted);
    // A column without flags has a value in every row.
    const parents =
      parent?.kind === 'words64' ? (parent.present ?? new Uint8Array(this.#block.rows).fill(1)) : undefined;
    this.#columns = { parents, services: services?.refs };
    return this.#columns;
  }
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

  constructor(block: RowBlock, selected: Uint8Array, merged: MergedRequests, by: RequestGrouping, steps: number) {
    this.#merged = merged;
    this.#steps = steps;
    this.#services = by === 'service' || by === 'operation' ? servicesOf(block, selected) : undefined;
    this.#names = by === 'route' || by === 'operation' ? textsOf(block, 'name', selected) : undefined;
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
