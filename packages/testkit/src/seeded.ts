/** Environment variable with the seed of properties that have none of their own. `npm test` passes it to tests. */
export const SEED_VARIABLE = 'OTELIER_TEST_SEED';

/**
 * Returns parameters for `fc.assert` with a seed that is new in each run of the tests. fast-check prints it with a
 * failure; `OTELIER_TEST_SEED=<seed> npm test -- <file>` repeats the same cases.
 */
export function seeded<P extends object>(parameters: P = {} as P): P & { readonly seed: number } {
  return { ...parameters, seed: seedOf(process.env[SEED_VARIABLE]) };
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(text);
  if (!Number.isInteger(seed)) throw new Error(`${SEED_VARIABLE}: expected an integer, got "${text}"`);
  return seed;
}
