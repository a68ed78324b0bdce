import { addressWith, sendQuery } from '../../query/send-query.ts';
import type { CompletionRange } from '../contract.ts';

/** How long names and values are kept. */
const FRESH_MILLIS = 60_000;
const kept = new Map<string, { readonly atMillis: number; readonly body: Promise<unknown> }>();

/** Reads names or values from an API. Returns `undefined` if it fails, because an editor works without completions. */
export async function readNames<Body>(
  path: string,
  params: Readonly<Record<string, string | number>> = {},
): Promise<Body | undefined> {
  const address = Object.keys(params).length === 0 ? path : addressWith(path, params);
  const known = kept.get(address);
  const now = performance.now();
  if (known !== undefined && now - known.atMillis < FRESH_MILLIS) return (await known.body) as Body | undefined;
  for (const [key, { atMillis }] of kept) if (now - atMillis >= FRESH_MILLIS) kept.delete(key);
  const body = sendQuery(address, AbortSignal.timeout(TIMEOUT_MILLIS)).then(
    (response) => response.json() as Promise<unknown>,
    () => undefined,
  );
  kept.set(address, { atMillis: now, body });
  return (await body) as Body | undefined;
}

const TIMEOUT_MILLIS = 20_000;

/** Returns a range in milliseconds for the JSON API, on whole minutes, so that responses can be kept. */
export function millisRange({ startMillis, endMillis }: CompletionRange): { start: number; end: number } {
  return { start: Math.floor(startMillis / MINUTE) * MINUTE, end: Math.ceil(endMillis / MINUTE) * MINUTE };
}

/** Returns a range in seconds for the APIs of Loki and Tempo. */
export function secondsRange(range: CompletionRange): { start: number; end: number } {
  const { start, end } = millisRange(range);
  return { start: start / 1000, end: end / 1000 };
}

const MINUTE = 60_000;
