import type { ApiError } from '@otelier/query';
import { t } from '../locale/t.ts';
import { localResponse } from './file/local-source.ts';
import { LAST_MILLIS } from './search.ts';

/** A failed request: an error response, or no response. */
export class RequestFailure extends Error {
  /** The code of an `ApiError`, or `unreachable` if there was no response. */
  readonly code: string;
  readonly status: number;
  /** The request, in a form that the user can copy. */
  readonly request: string;

  constructor(code: string, message: string, status: number, request: string) {
    super(message);
    this.name = 'RequestFailure';
    this.code = code;
    this.status = status;
    this.request = request;
  }
}

/** Query parameters. A list repeats its key, and `undefined` omits it. */
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Builds `path?a=1&b=2`, clamping the time range to the API's limits. */
export function addressOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...params, ...rangeWithin(params) })) {
    for (const item of [value].flat()) if (item !== undefined && item !== '') query.append(key, String(item));
  }
  const text = query.toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

/** Clamps `start` and `end` to a nonempty range that the API accepts. */
function rangeWithin({ start, end }: Params): Params {
  if (typeof start !== 'number' || typeof end !== 'number') return {};
  const from = Math.min(LAST_MILLIS - 1, Math.max(0, start));
  return { start: from, end: Math.min(LAST_MILLIS, Math.max(from + 1, end)) };
}

/** Requests data from the API. Rejects with `RequestFailure`, or with the signal's reason. */
export async function getJson<QueryState>(path: string, params: Params, signal: AbortSignal): Promise<QueryState> {
  const local = localResponse(path, params);
  return (local ?? (await (await request(path, params, signal)).json())) as QueryState;
}

/** Sends a JSON body to the API. Rejects as `getJson` does. */
export async function sendJson<Result>(path: string, body: object, signal?: AbortSignal): Promise<Result> {
  const response = await post(path, body, signal);
  return (await response.json().catch(() => undefined)) as Result;
}

/** Sends a JSON body to the API, and returns the response as a file. Rejects as `getJson` does. */
export async function postForFile(path: string, body: object, signal: AbortSignal): Promise<Blob> {
  const response = await post(path, body, signal);
  try {
    return await response.blob();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', t('The response broke off.'), 0, `POST /api/v1${path}`);
  }
}

async function post(path: string, body: object, signal: AbortSignal | undefined): Promise<Response> {
  const address = `/api/v1${path}`;
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailure('unreachable', t('otelier did not respond.'), 0, `POST ${address}`);
  }
  if (response.ok) return response;
  throw failureOf(response.status, await response.json().catch(() => undefined), `POST ${address}`);
}

/** Requests lines from the API, with a bearer token if there is one, and yields them as they arrive. Rejects as `getJson` does. */
export async function* getLines(path: string, params: Params, signal: AbortSignal, token = ''): AsyncGenerator<string> {
  const local = localResponse(path, params);
  if (Array.isArray(local)) {
    yield* local as readonly string[];
    return;
  }
  const { body } = await request(path, params, signal, token);
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) {
      const lines = (rest + read.value).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', t('The response broke off.'), 0, `GET ${addressOf(path, params)}`);
  }
}

async function request(path: string, params: Params, signal: AbortSignal, token = ''): Promise<Response> {
  const address = addressOf(path, params);
  let response: Response;
  try {
    response = await fetch(address, {
      signal,
      headers: { accept: 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', t('otelier did not respond.'), 0, `GET ${address}`);
  }
  if (!response.ok) {
    const body: unknown = await response.json().catch(() => undefined);
    throw failureOf(response.status, body, `GET ${address}`);
  }
  return response;
}

/** Returns the failure reported by an error response. */
export function failureOf(status: number, body: unknown, request: string): RequestFailure {
  const { code, message } = isApiError(body)
    ? body.error
    : status === 414 || status === 431
      ? { code: 'too_large', message: t('A name or condition in it is longer than the gateway reads.') }
      : { code: 'internal', message: t('The gateway responded with {status} and no explanation.', { status }) };
  return new RequestFailure(code, message, status, request);
}

function isApiError(body: unknown): body is ApiError {
  return typeof body === 'object' && body !== null && typeof (body as ApiError).error?.message === 'string';
}
