import type { Random } from '@otelier/testkit/otlp/random';
import type { Finding } from '../finding.ts';
import type { Response } from '../oracle/check.ts';
import type { ReceiverProcess } from '../server/receiver-process.ts';
import type { OpenTarget } from '../target.ts';

/** A request in flight. */
export interface Sending {
  readonly input: Uint8Array;
  /** The receiver's response, or an error. */
  readonly outcome: Promise<
    { readonly kind: Response['kind']; readonly reason?: string } | { readonly defect: string }
  >;
  check(response: Response): string | undefined;
}

/** The way in which a target's requests are sent. */
export interface Approach {
  /** Starts a request with `id` in the `x-fuzz-id` header. `slot` is a number that no other request in flight has. */
  send(random: Random, id: string, slot: number): Sending;
  close(): void;
}

const SLOTS = 64;

/** Opens a receiver in a separate process. A header identifies its requests. */
export function openReceiver(receiver: ReceiverProcess, approach: Approach): OpenTarget {
  const counts = { accepted: 0, refused: 0, later: 0 };
  let ids = 0;
  return {
    batchSize: SLOTS,
    async attempt(randoms) {
      const first = ids;
      ids += randoms.length;
      const sendings = randoms.map((random, slot) => approach.send(random, String(first + slot), slot));
      const outcomes = await Promise.all(sendings.map(({ outcome }) => outcome));
      const taken = new Map(
        (await receiver.taken(sendings.map(({ input }) => input))).map(({ id, bytes }) => [id, bytes]),
      );
      return sendings.map(({ input, check: verify }, slot): Finding | undefined => {
        const outcome = outcomes[slot];
        const bytes = taken.get(String(first + slot));
        if (outcome === undefined || 'defect' in outcome) {
          return { defect: outcome?.defect ?? 'nothing came back', input };
        }
        counts[outcome.kind]++;
        if (outcome.kind !== 'accepted' && bytes !== undefined) {
          return { defect: `returned "${outcome.reason}" but forwarded the request`, input };
        }
        const defect = verify({ kind: outcome.kind, reason: outcome.reason ?? '', bytes });
        return defect === undefined ? undefined : { defect, input };
      });
    },
    report: async () => ({ ...counts, ...(await receiver.report()) }),
    async [Symbol.asyncDispose]() {
      approach.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}
