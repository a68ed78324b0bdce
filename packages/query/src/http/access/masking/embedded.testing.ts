import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@otelier/store';
import type { OpenFilledStore } from './masking.testing.ts';

/** Opens an embedded store that has telemetry in files, and the same again only in the journal. */
export const openEmbedded: OpenFilledStore = async (batches) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-masking-'));
  const store = await openStore({ directory, retentionMillis: Number.POSITIVE_INFINITY });
  for (const batch of batches) await store.append(batch);
  await store.flush();
  for (const batch of batches) await store.append(batch);
  return {
    ...store,
    async close() {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
