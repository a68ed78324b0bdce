import type { LogRow, Store } from '@otelier/store';
import type { LogEntry } from '../logql/pipeline/stage.ts';
import type { LogSelection, LogSource } from '../logql/source.ts';
import { type Matcher, matches } from '../promql/labels/matcher.ts';
import { conditionsOf } from './model/conditions.ts';
import { entryOf } from './model/entry.ts';

/** Numbers of records to read at a time. */
const MIN_PAGE = 200;
const MAX_PAGE = 20_000;
const MIN_NANOS = -(2n ** 63n);
const MAX_NANOS = 2n ** 63n - 1n;

/** Reads the log records of a store as Loki entries. */
export class LokiSource implements LogSource {
  readonly #store: Store;
  readonly #tenant: string;

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  async *read(selection: LogSelection): AsyncGenerator<readonly LogEntry[]> {
    const { order, matchers, expected } = selection;
    const conditions = conditionsOf(selection);
    const range = { tenant: this.#tenant, start: clamp(selection.start), end: clamp(selection.end) };
    if (range.end <= range.start) return;
    let limit = Math.min(MAX_PAGE, Math.max(MIN_PAGE, expected));
    let after: string | undefined;
    for (;;) {
      const rows: readonly LogRow[] = await this.#store.searchLogs({
        ...range,
        conditions,
        limit,
        order,
        ...(after !== undefined && { after }),
      });
      yield rows.map(entryOf).filter((entry) => isSelected(entry, matchers));
      if (rows.length < limit) return;
      after = rows.at(-1)?.cursor;
      // A query whose pipeline drops most entries needs more of them.
      limit = Math.min(MAX_PAGE, limit * 4);
    }
  }
}

/** Reports whether an entry satisfies a selector, which may name labels of the stream and structured metadata. */
function isSelected({ stream, metadata }: LogEntry, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matches(matcher, stream.get(matcher.name) ?? metadata.get(matcher.name) ?? ''));
}

function clamp(nanos: bigint): bigint {
  if (nanos < MIN_NANOS) return MIN_NANOS;
  return nanos > MAX_NANOS ? MAX_NANOS : nanos;
}
