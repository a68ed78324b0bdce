import { failureOf, RequestFailure } from '../../data/client.ts';
import { t } from '../../locale/t.ts';

/** Sends a JSON body to the API with the token for edits. Rejects with a `RequestFailure`, or if it is aborted. */
export async function sendWithToken<Result>(
  path: string,
  token: string,
  body: object,
  signal?: AbortSignal,
): Promise<Result> {
  const address = `/api/v1${path}`;
  const request = `POST ${address}`;
  let response: Response;
  try {
    response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new RequestFailure('unreachable', t('otelier did not respond.'), 0, request);
  }
  const received: unknown = await response.json().catch(() => undefined);
  if (response.ok) return received as Result;
  throw failureOf(response.status, received, request);
}
