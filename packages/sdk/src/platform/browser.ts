import { systemClock } from '@otelier/transport/portable';
import { createFetchClient } from '../client/fetch.ts';
import type { Network, Platform } from '../client/platform.ts';

/** `fetch`. */
export const browserNetwork: Network = { connect: createFetchClient, clock: systemClock, hold: () => () => {} };

/** Browsers, workers and the edge: what the standards of the web have. */
export const browserPlatform: Platform = {
  network: browserNetwork,
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
