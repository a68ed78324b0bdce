import { systemClock } from '@otelier/transport/portable';
import { createFetchClient } from '../client/fetch.ts';
import type { Network, Platform } from '../client/platform.ts';

/** The network of browsers and edge runtimes: `fetch`. */
export const browserNetwork: Network = { connect: createFetchClient, clock: systemClock, hold: () => () => {} };

/** The platform of browsers, workers and edge runtimes: web standards only. */
export const browserPlatform: Platform = {
  network: browserNetwork,
  // All keepalive requests of a page together are limited to 64 KiB.
  batch: { maxBytes: 48 * 1024 },
  onExit(flush) {
    const page = globalThis.document;
    if (page === undefined) return () => {};
    const onHide = () => {
      if (page.visibilityState === 'hidden') void flush();
    };
    // A closing page is hidden first; `unload` is not reliable (Page Lifecycle).
    page.addEventListener('visibilitychange', onHide);
    return () => page.removeEventListener('visibilitychange', onHide);
  },
};
