import type { PipelineGraph } from '@otelier/query';
import type { RejectedRequest } from '@otelier/transport';

type Entry = NonNullable<PipelineGraph['nodes'][number]['rejections']>[number];

/** Maximum number of different reasons that are kept. */
const MAX_REASONS = 8;
/** Maximum length of a path or a reason, which can quote what clients sent. */
const MAX_LENGTH = 200;

/** The requests that a receiver rejected last, by path, status and reason. */
export class RejectedRequests {
  readonly #nowMillis: () => number;
  /** In the order of their last occurrences. */
  readonly #entries = new Map<string, Entry>();

  constructor(nowMillis: () => number) {
    this.#nowMillis = nowMillis;
  }

  /** Counts a request. The reason that did not occur for the longest time is forgotten. */
  readonly add = ({ path, status, reason }: Pick<RejectedRequest, 'path' | 'status' | 'reason'>): void => {
    const own = { path: shorten(path), status, reason: shorten(reason) };
    const key = JSON.stringify(own);
    const count = (this.#entries.get(key)?.count ?? 0) + 1;
    this.#entries.delete(key);
    this.#entries.set(key, { ...own, count, atMillis: this.#nowMillis() });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_REASONS && oldest !== undefined) this.#entries.delete(oldest);
  };

  /** Returns the rejected requests, latest first; `undefined` if there were none. */
  list(): readonly Entry[] | undefined {
    return this.#entries.size === 0 ? undefined : [...this.#entries.values()].reverse();
  }
}

/** Merges the rejected requests of a receiver in several threads. */
export function mergeRejections(
  a: readonly Entry[] | undefined,
  b: readonly Entry[] | undefined,
): readonly Entry[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const merged = new Map<string, Entry>();
  for (const entry of [...a, ...b]) {
    const key = JSON.stringify([entry.path, entry.status, entry.reason]);
    const known = merged.get(key);
    merged.set(key, {
      ...entry,
      count: entry.count + (known?.count ?? 0),
      atMillis: Math.max(entry.atMillis, known?.atMillis ?? 0),
    });
  }
  return [...merged.values()].sort((one, other) => other.atMillis - one.atMillis).slice(0, MAX_REASONS);
}

function shorten(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}
