import type { Random } from '@otelier/testkit';
import type { Finding } from '../finding.ts';
import type { Answer } from '../oracle/judge.ts';
import { SlowestCall } from '../slowest-call.ts';
import type { OpenTarget } from '../target.ts';

/** What a parser said to one input. */
export interface Attempt {
  readonly input: Uint8Array;
  /** Only this is timed. */
  parse(): Answer;
  judge(answer: Answer): string | undefined;
}

/** A parser that is called in this process, without sockets. */
export function openParser(next: (random: Random) => Attempt): OpenTarget {
  const counts = { accepted: 0, refused: 0, later: 0 };
  const slowest = new SlowestCall();
  const attempt = (random: Random): Finding | undefined => {
    const { input, parse, judge } = next(random);
    const answer = slowest.time(input, parse);
    counts[answer.kind]++;
    const problem = judge(answer);
    return problem === undefined ? undefined : { problem, input };
  };
  return {
    batchSize: 1,
    attempt: async (randoms) => randoms.map(attempt),
    report: async () => ({ ...counts, ...slowest.report(), problems: [] }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What a parser of ours says, in the words of the judge. */
export function answerOf(
  result: { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: string },
): Answer {
  return result.ok ? { kind: 'accepted', bytes: result.bytes } : { kind: 'refused', reason: result.reason };
}
