import type { ApiError } from '@otelier/query';
import { LAST_MILLIS } from './search.ts';

/** A request that failed: what the gateway answered, or that it did not answer. */
export class RequestFailure extends Error {
  /** As in `ApiError`, or `unreachable` when nothing answered. */
  readonly code: string;
  readonly status: number;
  /** The request, to copy. */
  readonly request: string;

  constructor(code: string, message: string, status: number, request: string) {
    super(message);
    this.name = 'RequestFailure';
    this.code = code;
    this.status = status;
    this.request = request;
  }
}

/** Values of query parameters; lists repeat the key, `undefined` leaves it out. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** `path?a=1&b=2` from its parts; a range of time is cut to what the API takes. */
export function addressOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...params, ...rangeWithin(params) })) {
    for (const item of [value].flat()) if (item !== undefined && item !== '') query.append(key, String(item));
  }
  const text = query.toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

/** `start` and `end` inside of the time that the API knows, and not empty: an hour before 1970 begins at 1970. */
function rangeWithin({ start, end }: Params): Params {
  if (typeof start !== 'number' || typeof end !== 'number') return {};
  const from = Math.min(LAST_MILLIS - 1, Math.max(0, start));
  return { start: from, end: Math.min(LAST_MILLIS, Math.max(from + 1, end)) };
}

/** Asks the gateway's API. Rejects with `RequestFailure`, or with the signal's reason. */
export async function getJson<QueryState>(path: string, params: Params, signal: AbortSignal): Promise<QueryState> {
  const address = addressOf(path, params);
  let response: Response;
  try {
    response = await fetch(address, { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', 'otelier did not answer.', 0, `GET ${address}`);
  }
  if (!response.ok) throw await failureOf(response, `GET ${address}`);
  return (await response.json()) as QueryState;
}

async function failureOf(response: Response, request: string): Promise<RequestFailure> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = isApiError(body)
    ? body.error
    : response.status === 414 || response.status === 431
      ? { code: 'too_large', message: 'A name or condition in it is longer than the gateway reads.' }
      : { code: 'internal', message: `The gateway answered ${response.status} without an explanation.` };
  return new RequestFailure(code, message, response.status, request);
}

function isApiError(body: unknown): body is ApiError {
  return typeof body === 'object' && body !== null && typeof (body as ApiError).error?.message === 'string';
}
