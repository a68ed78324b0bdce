import type { Comparison } from '../check.ts';

/** What was expected, whether it is so, and what came instead. */
export type Expect = (what: string, isMet: boolean, got: unknown) => void;

/** Collects the expectations that are not met. */
export async function checked(work: (expect: Expect) => Promise<void>): Promise<Comparison> {
  const mismatches: string[] = [];
  let compared = 0;
  await work((what, isMet, got) => {
    compared++;
    if (!isMet) mismatches.push(`${what}, got ${JSON.stringify(got)}`);
  });
  return { compared, mismatches };
}
