import type { Random } from '@otelier/testkit/otlp/random';
import type { Finding } from '../finding.ts';
import type { ForwardedBatch } from '../server/messages.ts';
import type { ReceiverProcess } from '../server/receiver-process.ts';
import type { OpenTarget } from '../target.ts';

/** Malformed input for a protocol. */
export interface RawCase {
  readonly input: Uint8Array;
  /**
   * Sends the input and waits until the receiver has processed it. Returns an error if the receiver behaves
   * incorrectly.
   */
  send(): Promise<string | undefined>;
  /** Returns the requests in the input, as read by another implementation. */
  bodies(): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
}

/** An attack on a receiver below the level of requests. */
export interface RawApproach {
  readonly batchSize: number;
  next(random: Random): RawCase;
  /** Returns what the receiver forwarded, after everything has been sent. Default: asks the receiver. */
  collect?(inputs: readonly Uint8Array[]): Promise<readonly ForwardedBatch[]>;
  close?(): Promise<void> | void;
}

/**
 * Opens a receiver whose protocol is attacked. Every request that it forwards must be one that another implementation
 * finds in the same input.
 */
export function openRawReceiver(receiver: ReceiverProcess, approach: RawApproach): OpenTarget {
  const counts = { accepted: 0, refused: 0 };
  /** The most recent batches of inputs, because data from an abandoned connection may still arrive. */
  const known: Map<string, RawCase>[] = [];
  return {
    batchSize: approach.batchSize,
    async attempt(randoms) {
      const cases = randoms.map(approach.next);
      const inputs = cases.map(({ input }) => input);
      const defects = await Promise.all(cases.map((each) => each.send()));
      const taken = await (approach.collect ?? ((all) => receiver.taken(all)))(inputs);
      const bodies = await bodiesOf(cases);
      known.push(bodies);
      const accepted = new Set(taken.map(({ bytes }) => bodies.get(keyOf(bytes)))).difference(
        new Set([undefined]),
      ).size;
      counts.accepted += accepted;
      counts.refused += cases.length - accepted;
      if (known.length > REMEMBERED_BATCHES) known.shift();
      const strange = taken.filter(({ bytes }) => !known.some((each) => each.has(keyOf(bytes))));
      for (const { bytes } of strange) {
        const holder = inputs.findIndex((input) => Buffer.from(input).includes(bytes.subarray(0, 40)));
        defects[Math.max(0, holder)] ??= `forwarded ${bytes.length} bytes that match no request of the input`;
      }
      return inputs.map((input, index): Finding | undefined => {
        const defect = defects[index];
        return defect === undefined ? undefined : { defect, input };
      });
    },
    report: async () => ({ ...counts, ...(await receiver.report()) }),
    async [Symbol.asyncDispose]() {
      await approach.close?.();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const REMEMBERED_BATCHES = 20;

/** Returns every body that may be forwarded, with its case. */
async function bodiesOf(cases: readonly RawCase[]): Promise<Map<string, RawCase>> {
  const bodies = await Promise.all(cases.map(async (each) => ({ each, found: await each.bodies() })));
  return new Map(bodies.flatMap(({ each, found }) => found.map((body) => [keyOf(body), each] as const)));
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
