import type { Api, ApiOptions } from './api-options.ts';
import { createGate } from './security.ts';

/** Creates the API like `createApi`, but loads it on the first request. */
export function createApiOnDemand(options: ApiOptions): Api {
  const { authenticated } = createGate(options);
  let loading: Promise<Api> | undefined;
  let loaded: Api | undefined;
  let isClosed = false;
  const load = async (): Promise<Api> => {
    const { createApi } = await import('./create-api.ts');
    loaded = createApi(options);
    if (isClosed) loaded.close();
    return loaded;
  };
  return {
    authenticated,
    routes: [],
    async fetch(request, connection) {
      loading ??= load();
      return (await loading).fetch(request, connection);
    },
    async upgrade(request, connection) {
      loading ??= load();
      return (await loading).upgrade(request, connection);
    },
    close() {
      isClosed = true;
      loaded?.close();
    },
    abandon: () => loaded?.abandon(),
  };
}
