import type { ApiError } from '@otelier/query';

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

/** `path?a=1&b=2` from its parts. */
export function addressOf(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    for (const item of [value].flat()) if (item !== undefined && item !== '') query.append(key, String(item));
  }
  const text = query.toString();
  return `/api/v1${path}${text === '' ? '' : `?${text}`}`;
}

/** Asks the gateway's API. Rejects with `RequestFailure`, or with the signal's reason. */
export async function getJson<Answer>(path: string, params: Params, signal: AbortSignal): Promise<Answer> {
  const address = addressOf(path, params);
  let response: Response;
  try {
    response = await fetch(address, { signal, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', 'otelier did not answer.', 0, `GET ${address}`);
  }
  if (!response.ok) throw await failureOf(response, `GET ${address}`);
  return (await response.json()) as Answer;
}

async function failureOf(response: Response, request: string): Promise<RequestFailure> {
  const body: unknown = await response.json().catch(() => undefined);
  const { code, message } = isApiError(body)
    ? body.error
    : { code: 'internal', message: `The gateway answered ${response.status} without an explanation.` };
  return new RequestFailure(code, message, response.status, request);
}

function isApiError(body: unknown): body is ApiError {
  return typeof body === 'object' && body !== null && typeof (body as ApiError).error?.message === 'string';
}
