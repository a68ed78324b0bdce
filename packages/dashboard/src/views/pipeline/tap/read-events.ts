import { getLines, type Params, RequestFailure } from '../../../data/client.ts';
import { readEditToken } from '../../../parts/edit-token/edit-token.ts';
import type { TapEvent } from './tap-buffer.ts';

const EVENTS = new Set(['item', 'counts', 'skipped']);

/** Reads the events of a tap, with the token for edits if plain values need it. Throws a `RequestFailure` if it cannot be opened or ends with an error. */
export async function* readTap(params: Params, signal: AbortSignal): AsyncGenerator<TapEvent> {
  const token = params['masked'] === 'false' ? readEditToken() : '';
  let event = '';
  for await (const line of getLines('/pipeline/tap/items', params, signal, token)) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    else if (line.startsWith('data: ')) {
      const data: unknown = JSON.parse(line.slice('data: '.length));
      if (event === 'failed') throw failureOf(data);
      if (EVENTS.has(event)) yield { event, data } as TapEvent;
    }
  }
}

function failureOf(data: unknown): RequestFailure {
  const { error } = data as { readonly error: { readonly code: string; readonly message: string } };
  return new RequestFailure(error.code, error.message, 200, 'GET /api/v1/pipeline/tap/items');
}
