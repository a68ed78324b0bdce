import type { Random } from '@otelier/testkit';
import { sendRaw } from '../client/raw-connection.ts';
import type { Finding } from '../finding.ts';
import type { Taken } from '../server/messages.ts';
import type { Victim } from '../server/victim.ts';
import type { OpenTarget } from '../target.ts';

/** Bytes for one connection. */
export interface RawCase {
  readonly input: Uint8Array;
  /** The bodies that the bytes hold, as another implementation reads them; `undefined` where it cannot tell. */
  readonly bodies: () => Promise<readonly Uint8Array[] | undefined> | readonly Uint8Array[];
}

/** How a protocol is broken. */
export interface RawOptions {
  readonly connectionsAtOnce: number;
  /** How long the server may keep a connection that its client has ended. */
  readonly patienceMillis: number;
  /** Whether one that it keeps longer is a problem; otherwise a time limit of the server's own will end it. */
  readonly mustClose: boolean;
}

/**
 * A receiver whose protocol is broken, each input on a connection of its own. What it hands on must be a body that
 * another implementation finds in the same bytes.
 */
export function openRawReceiver(
  victim: Victim,
  { connectionsAtOnce, patienceMillis, mustClose }: RawOptions,
  next: (random: Random) => RawCase,
): OpenTarget {
  const counts = { accepted: 0, refused: 0 };
  return {
    batchSize: connectionsAtOnce,
    async attempt(randoms) {
      const cases = randoms.map(next);
      const answers = await Promise.all(cases.map(({ input }) => sendRaw(victim.port(0), input, patienceMillis)));
      const taken = await victim.taken(cases.map(({ input }) => input));
      counts.accepted += taken.length;
      counts.refused += Math.max(0, cases.length - taken.length);
      const strange = taken.length === 0 ? [] : await strangersAmong(taken, cases);
      return cases.map(({ input }, index): Finding | undefined => {
        if (mustClose && answers[index] === 'kept open') {
          return { problem: `kept a connection open for ${patienceMillis} ms after its client had ended it`, input };
        }
        const mine = strange.find((bytes) => Buffer.from(input).includes(bytes.subarray(0, 40)));
        return mine && { problem: `handed on ${mine.length} bytes that no body of the request is`, input };
      });
    },
    report: async () => ({ ...counts, ...(await victim.report()) }),
    [Symbol.asyncDispose]: () => victim[Symbol.asyncDispose](),
  };
}

/** What was handed on though nobody sent it. */
async function strangersAmong(taken: readonly Taken[], cases: readonly RawCase[]): Promise<readonly Uint8Array[]> {
  const known = new Set<string>();
  const unclear: Uint8Array[] = [];
  for (const { input, bodies } of cases) {
    const found = await bodies();
    if (found === undefined) unclear.push(input);
    for (const body of found ?? []) known.add(Buffer.from(body).toString('latin1'));
  }
  return taken
    .map(({ bytes }) => bytes)
    .filter((bytes) => !known.has(Buffer.from(bytes).toString('latin1')))
    .filter((bytes) => !unclear.some((input) => Buffer.from(input).includes(bytes)));
}
