import { systemClock } from '@otelier/transport/portable';
import { createFetchClient } from '../client/fetch.ts';
import type { Network, Platform } from '../client/platform.ts';

/** Network access through `fetch`, for browsers and edge runtimes. */
export const browserNetwork: Network = { connect: createFetchClient, clock: systemClock, hold: () => () => {} };

/** The platform for browsers, workers and edge runtimes. Uses web standards only. */
export const browserPlatform: Platform = {
  network: browserNetwork,
  // The total size of a page's requests that outlive it is limited to 64 KiB, for all signals.
  batch: { maxBytes: 28 * 1024 },
  onExit(flush) {
    const page = globalThis.document;
    if (page === undefined) return () => {};
    const onHide = () => {
      if (page.visibilityState === 'hidden') void flush();
    };
    // A page is hidden before it closes, whereas `unload` is not reliable (Page Lifecycle).
    page.addEventListener('visibilitychange', onHide);
    return () => page.removeEventListener('visibilitychange', onHide);
  },
};
