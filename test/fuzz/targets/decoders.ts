import type { Random } from '@otelier/testkit';
import type { Finding } from '../finding.ts';
import type { OpenTarget } from '../target.ts';

/** An input to a decoder that can wait, and the way to try it. */
export interface DecoderAttempt {
  readonly input: Uint8Array;
  /** Decodes the input. Rejects only because of a defect that ends the run. */
  decode(): Promise<DecoderOutcome>;
}

/** What a decoder made of an input, with the defect of what it accepted, if any. */
export type DecoderOutcome =
  | { readonly kind: 'accepted'; readonly defect: string | undefined }
  | { readonly kind: 'refused' };

/** Opens decoders that run in this process, without sockets, and wait for threads or zlib. */
export function openDecoders(next: (random: Random) => DecoderAttempt): OpenTarget {
  const counts = { accepted: 0, refused: 0 };
  const attempt = async (random: Random): Promise<Finding | undefined> => {
    const { input, decode } = next(random);
    const outcome = await decode();
    counts[outcome.kind] += 1;
    return outcome.kind === 'accepted' && outcome.defect !== undefined ? { defect: outcome.defect, input } : undefined;
  };
  return {
    batchSize: 1,
    attempt: (randoms) => Promise.all(randoms.map(attempt)),
    report: async () => ({
      ...counts,
      ...{ longestBlockMillis: 0, longestWallMillis: 0, isBlockBounded: false, defects: [] },
      peakMegabytes: process.resourceUsage().maxRSS / 1000,
    }),
    [Symbol.asyncDispose]: async () => {},
  };
}
