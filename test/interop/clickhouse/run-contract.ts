import { describe, mock } from 'node:test';
import { openFilledStore, openTestStore } from './open-test-store.ts';
import { RECORDED_MILLIS } from './recording.ts';

/** Declares the tests of the contract of `Store`, and of rows of the Collector, over a server at the time of the recording. */
export async function runContract(url: string, databaseOf?: (number: number) => number): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: RECORDED_MILLIS });
  const { storeContract } = await import('@otelier/testkit/store-contract');
  let databases = 0;
  storeContract(() => {
    const number = databases++;
    return openTestStore(url, `contract_${databaseOf?.(number) ?? number}`);
  });
  const { collectorRowsTests } = await import('./collector-rows.ts');
  collectorRowsTests(url, 'contract_900');
  const { maskingTests, SECRETS } = await import('../../../packages/query/src/http/access/masking/masking.testing.ts');
  const { removalTests } = await import('./removal.ts');
  // A store that is opened again has other responses, which a recording does not tell apart.
  removalTests(url, 'contract_920', { reopens: databaseOf === undefined });
  describe('hidden attributes', () => {
    const part = { guesses: SECRETS.slice(0, 1), every: 5 };
    maskingTests((batches, index) => openFilledStore(url, `contract_${910 + index}`, batches), part);
  });
}
