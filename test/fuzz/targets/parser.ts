import type { Random } from '@otelier/testkit/otlp/random';
import type { Finding } from '../finding.ts';
import type { Response } from '../oracle/check.ts';
import { SlowestCall } from '../slowest-call.ts';
import type { OpenTarget } from '../target.ts';

/** An input to a parser and the check of the result. */
export interface Attempt {
  readonly input: Uint8Array;
  /** Parses the input. Only this call is timed. */
  parse(): Response;
  check(response: Response): string | undefined;
}

/** Opens a parser that runs in this process, without sockets. */
export function openParser(next: (random: Random) => Attempt): OpenTarget {
  const counts = { accepted: 0, refused: 0, later: 0 };
  const slowest = new SlowestCall();
  const attempt = (random: Random): Finding | undefined => {
    const { input, parse, check: verify } = next(random);
    const response = slowest.time(input, parse);
    counts[response.kind]++;
    const defect = verify(response);
    return defect === undefined ? undefined : { defect, input };
  };
  return {
    batchSize: 1,
    attempt: async (randoms) => randoms.map(attempt),
    report: async () => ({ ...counts, ...slowest.report(), defects: [] }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Converts a parser's result to the form that the check expects. */
export function responseOf(
  result: { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: string },
): Response {
  return result.ok ? { kind: 'accepted', bytes: result.bytes } : { kind: 'refused', reason: result.reason };
}
