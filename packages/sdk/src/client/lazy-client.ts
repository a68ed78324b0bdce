import type { ExportClient } from '@otelier/transport/portable';

/** A client whose code is loaded for those who need it. */
export function lazyClient(loaded: Promise<ExportClient>): ExportClient {
  // Said when it is used.
  loaded.catch(() => {});
  return {
    export: async (...request) => (await loaded).export(...request),
    shutdown: async () => (await loaded).shutdown(),
  };
}
