import type { Extension } from './contract.ts';

/**
 * Creates an extension whose `offers` is what `open` returns, from its start to its shutdown. `close` then releases it. It
 * also runs if `open` failed or was never called.
 */
export function createOfferingExtension<T>(open: () => T | Promise<T>, close?: () => Promise<void>): Extension {
  const extension: Extension & { offers: T | undefined } = {
    offers: undefined,
    async start() {
      extension.offers = await open();
    },
    async shutdown() {
      extension.offers = undefined;
      await close?.();
    },
  };
  return extension;
}
