import type { Store } from '@otelier/store';
import type { LogEntry } from '../logql/pipeline/stage.ts';
import type { CountedEntries, CountSelection, LogSelection, LogSource } from '../logql/source.ts';
import { type Matcher, matches } from '../promql/labels/matcher.ts';
import { clampRange } from '../request/clamp-range.ts';
import { countEntries } from './count/count-entries.ts';
import { storeFilter } from './model/conditions.ts';
import { entryOf } from './model/entry.ts';

/** Reads the log records of a store as Loki entries. */
export class LokiSource implements LogSource {
  readonly #store: Store;
  readonly #tenant: string;

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  async *read({ order, matchers, lineFilters, start, end }: LogSelection): AsyncGenerator<readonly LogEntry[]> {
    const query = {
      ...this.#range(start, end),
      filter: storeFilter(matchers, lineFilters),
      ...(order !== 'any' && { order }),
    };
    if (query.end <= query.start) return;
    for await (const records of this.#store.selectLogs(query)) {
      yield records.map(entryOf).filter((entry) => isSelected(entry, matchers));
    }
  }

  async count(selection: CountSelection): Promise<readonly CountedEntries[] | undefined> {
    const range = this.#range(selection.start, selection.end);
    // Steps of a clamped range would be others.
    if (range.start !== selection.start || range.end !== selection.end) return undefined;
    if (range.end <= range.start) return [];
    return countEntries(this.#store, this.#tenant, selection);
  }

  #range(start: bigint, end: bigint) {
    return { tenant: this.#tenant, ...clampRange(start, end) };
  }
}

/** Reports whether an entry satisfies a selector, which may name labels of the stream and structured metadata. */
export function isSelected({ stream, metadata }: LogEntry, matchers: readonly Matcher[]): boolean {
  return matchers.every((matcher) => matches(matcher, stream.get(matcher.name) ?? metadata.get(matcher.name) ?? ''));
}
