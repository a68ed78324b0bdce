import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Consumer } from '../contract.ts';

/** Options for `createEnricher`. */
export interface EnricherOptions<Result> {
  /** Creates a consumer that rewrites batches, calling `find` for every key, and forwards them to `next`. */
  createRewriter(find: (key: string) => Result | undefined, next: Consumer): Consumer;
  /** Returns the result for a key, or `undefined` if it must be fetched first. */
  get(key: string): Result | undefined;
  /** Fetches the results for keys. Keys that are never passed to `onResult` have failed. If omitted, `get` is final. */
  fetch?: ((keys: Iterable<string>, onResult: (key: string, result: Result) => void) => Promise<void>) | undefined;
  /** The result for keys that could not be fetched. */
  readonly failed: Result;
  /** Maximum number of fetches per batch, since a key can depend on the result for another. */
  readonly maxRounds: number;
}

/**
 * Creates a consumer that enriches batches with lookup results. A batch is rewritten immediately if all of its results
 * are known. If not, it is rewritten again once they have been fetched. Its sender waits until then, so the memory used
 * by waiting batches is bounded by what receivers admit.
 */
export function createEnricher<Result>(options: EnricherOptions<Result>, next: Consumer): Consumer {
  const { get, fetch, failed, maxRounds } = options;
  let results: ReadonlyMap<string, Result> = new Map();
  let missing = new Set<string>();
  let rewritten: Batch | undefined;
  const find = (key: string): Result | undefined => {
    const result = results.get(key) ?? get(key);
    if (result === undefined) missing.add(key);
    return result;
  };
  const rewriter = options.createRewriter(find, {
    consume(batch) {
      rewritten = batch;
      return ACCEPTED;
    },
  });

  /** Rewrites a batch with the known results. If any results are missing, returns their keys instead. */
  const rewrite = (batch: Batch, known: ReadonlyMap<string, Result>): Outcome | Promise<Outcome> | Set<string> => {
    results = known;
    missing = new Set();
    rewritten = undefined;
    const outcome = rewriter.consume(batch);
    if (missing.size > 0) return missing;
    return rewritten === undefined ? outcome : next.consume(rewritten);
  };

  const fetchAndRewrite = async (batch: Batch, keys: Set<string>): Promise<Outcome> => {
    const known = new Map<string, Result>();
    let wanted = keys;
    for (let round = 0; round < maxRounds; round++) {
      await fetch?.(wanted, (key, result) => void known.set(key, result));
      for (const key of wanted) if (!known.has(key)) known.set(key, failed);
      const result = rewrite(batch, known);
      if (!(result instanceof Set)) return result;
      wanted = result;
    }
    for (const key of wanted) known.set(key, failed);
    const result = rewrite(batch, known);
    return result instanceof Set ? next.consume(batch) : result;
  };

  return {
    consume(batch) {
      const result = rewrite(batch, new Map());
      return result instanceof Set ? fetchAndRewrite(batch, result) : result;
    },
  };
}
