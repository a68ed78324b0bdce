import type { ExportClient } from '@otelier/transport/portable';

/** Returns a client whose code is loaded on demand. */
export function lazyClient(loaded: Promise<ExportClient>): ExportClient {
  // Loading errors surface in `export`.
  loaded.catch(() => {});
  return {
    export: async (...request) => (await loaded).export(...request),
    shutdown: async () => (await loaded).shutdown(),
  };
}
