import { normalizeRequest, type Signal } from '@otelier/otlp';
import { REQUESTS } from '../../../packages/collector/src/receivers/datadog/requests.testing.ts';
import { ROUTES } from '../../../packages/collector/src/receivers/datadog/routes.ts';
import { MalformedSpansError } from '../../../packages/collector/src/spans/malformed-spans.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import type { Response } from '../oracle/check.ts';
import type { FuzzTarget } from '../target.ts';
import { openParser } from './parser.ts';

/** The decoders of Datadog's protocols, without sockets. */
export const datadog: FuzzTarget = {
  name: 'datadog',
  what: 'the decoders of datadog: traces, series, sketches, statistics, checks and logs, in this process',
  async open() {
    return openParser((random) => {
      const seed = REQUESTS[random(REQUESTS.length)];
      const route = seed && ROUTES[seed.path];
      if (route === undefined) throw new Error('the corpus is empty');
      const input = random(4) === 0 ? seed.body : mutateBytes(seed.body, random);
      const request = { headers: {}, contentType: seed.contentType };
      return {
        input,
        parse: () => decode(() => route.decode(input, request, 1)),
        check: (response) => check(route.signal, response),
      };
    });
  },
};

function decode(attempt: () => { readonly bytes: Uint8Array } | undefined): Response {
  try {
    return { kind: 'accepted', bytes: attempt()?.bytes ?? new Uint8Array() };
  } catch (error) {
    if (!(error instanceof MalformedSpansError)) throw error;
    return { kind: 'refused', reason: error.message };
  }
}

/** Whatever is accepted is a valid request in OTLP. */
function check(signal: Signal, response: Response): string | undefined {
  if (response.kind !== 'accepted' || response.bytes === undefined) return undefined;
  const normalized = normalizeRequest(signal, response.bytes);
  return normalized.ok ? undefined : `written bytes are refused: ${normalized.reason}`;
}
