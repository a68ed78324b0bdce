import type { Random } from '@otelier/testkit';
import type { Finding } from '../finding.ts';
import type { Response } from '../oracle/check.ts';
import type { Victim } from '../server/victim.ts';
import type { OpenTarget } from '../target.ts';

/** One request on its way to a receiver. */
export interface Sending {
  readonly input: Uint8Array;
  /** What the receiver answered, or what was wrong with that. */
  readonly outcome: Promise<
    { readonly kind: Response['kind']; readonly reason?: string } | { readonly problem: string }
  >;
  check(response: Response): string | undefined;
}

/** What the requests of one target go by. */
export interface Approach {
  /** Begins to send; `id` is to stand in the header `x-fuzz-id`. `lane` is a number that no other request under way has. */
  send(random: Random, id: string, lane: number): Sending;
  close(): void;
}

const LANES = 64;

/** A receiver in a process of its own, to which requests are sent that are told apart by a header. */
export function openReceiver(victim: Victim, approach: Approach): OpenTarget {
  const counts = { accepted: 0, refused: 0, later: 0 };
  let ids = 0;
  return {
    batchSize: LANES,
    async attempt(randoms) {
      const first = ids;
      ids += randoms.length;
      const sendings = randoms.map((random, lane) => approach.send(random, String(first + lane), lane));
      const outcomes = await Promise.all(sendings.map(({ outcome }) => outcome));
      const taken = new Map(
        (await victim.taken(sendings.map(({ input }) => input))).map(({ id, bytes }) => [id, bytes]),
      );
      return sendings.map(({ input, check: judge }, lane): Finding | undefined => {
        const outcome = outcomes[lane];
        const bytes = taken.get(String(first + lane));
        if (outcome === undefined || 'problem' in outcome) {
          return { problem: outcome?.problem ?? 'nothing came back', input };
        }
        counts[outcome.kind]++;
        if (outcome.kind !== 'accepted' && bytes !== undefined) {
          return { problem: `answered "${outcome.reason}", and handed on all the same`, input };
        }
        const problem = judge({ kind: outcome.kind, reason: outcome.reason ?? '', bytes });
        return problem === undefined ? undefined : { problem, input };
      });
    },
    report: async () => ({ ...counts, ...(await victim.report()) }),
    async [Symbol.asyncDispose]() {
      approach.close();
      await victim[Symbol.asyncDispose]();
    },
  };
}
