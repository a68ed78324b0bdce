import { type ExportClient, systemClock } from '@otelier/transport/portable';
import { createFetchClient } from '../client/fetch.ts';
import { lazyClient } from '../client/lazy-client.ts';
import type { EndpointOptions, Network, Platform } from '../client/platform.ts';

/** `fetch`. */
export const browserNetwork: Network = { connect: createFetchClient, clock: systemClock, hold };

/** Browsers, workers and the edge: what the standards of the web have. */
export const browserPlatform: Platform = {
  network: { connect, clock: systemClock, hold },
  // A request that outlives its page may have 64 KiB, all that are on their way together.
  batch: { maxBytes: 48 * 1024 },
  onExit(flush) {
    const page = globalThis.document;
    if (page === undefined) return () => {};
    const onHide = () => {
      if (page.visibilityState === 'hidden') void flush();
    };
    // A page that goes is hidden first; `unload` is not to be relied on (Page Lifecycle).
    page.addEventListener('visibilitychange', onHide);
    return () => page.removeEventListener('visibilitychange', onHide);
  },
};

/** `fetch` for `http/…`; what a WebSocket takes is loaded for those who ask for one. */
function connect(options: EndpointOptions): ExportClient {
  if (options.protocol !== 'websocket') return createFetchClient(options);
  // Checks the options, which are the same.
  createFetchClient({ ...options, protocol: 'http/protobuf' });
  return lazyClient(
    import('../client/web-socket.ts').then(({ createWebSocketClient }) => createWebSocketClient(options, systemClock)),
  );
}

/** Pages live as long as their visitors want. */
function hold(): () => void {
  return () => {};
}
