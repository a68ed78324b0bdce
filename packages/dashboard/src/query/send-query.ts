import { RequestFailure } from '../data/client.ts';
import { t } from '../locale/t.ts';

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  414: 'too_large',
  422: 'limit_exceeded',
  429: 'limit_exceeded',
  431: 'too_large',
  503: 'unavailable',
  504: 'timeout',
};

/**
 * Sends a query to the API of a language. Rejects with a `RequestFailure` that has the message of the API, whose forms
 * of errors differ.
 */
export async function sendQuery(address: string, signal: AbortSignal, body?: object): Promise<Response> {
  const init: RequestInit =
    body === undefined
      ? { signal }
      : { signal, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const request = `${body === undefined ? 'GET' : 'POST'} ${address}`;
  let response: Response;
  try {
    response = await fetch(address, init);
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestFailure('unreachable', t('otelier did not respond.'), 0, request);
  }
  if (response.ok) return response;
  const text = await response.text().catch(() => '');
  throw new RequestFailure(
    CODES[response.status] ?? 'internal',
    messageOf(text, response.status),
    response.status,
    request,
  );
}

/** Adds parameters to a path. */
export function addressWith(path: string, params: Readonly<Record<string, string | number>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) query.set(name, String(value));
  return `${path}?${query.toString()}`;
}

function messageOf(text: string, status: number): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const plain = text.trim();
    if (plain !== '' && !plain.startsWith('<')) return plain;
    return status === 414 || status === 431
      ? t('The query is longer than the gateway reads.')
      : t('The gateway responded with {status} and no explanation.', { status });
  }
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { readonly error?: unknown };
  if (typeof error === 'string') return error;
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { readonly message?: unknown };
  return typeof message === 'string'
    ? message
    : t('The gateway responded with {status} and no explanation.', { status });
}
