import { useSyncExternalStore } from 'react';
import type { Keyring } from './open-sealed.ts';

/** Private keys are kept in the memory of the page only: never in its storage, in an address, or in a request. */
let keys: readonly string[] = [];
let keyring: Keyring | undefined;
const listeners = new Set<() => void>();

/** Adds private keys, one a line, to those that open sealed values. Rejects with a message for the reader if the text has none. */
export async function addSealedKeys(text: string): Promise<void> {
  const added = text.split(/\s+/).filter((line) => line !== '');
  if (!globalThis.isSecureContext)
    throw new Error('the browser offers cryptography only to pages that are served over TLS, or from this machine');
  const { createKeyring } = await import('./open-sealed.ts');
  const all = [...new Set([...keys, ...(added.length === 0 ? [''] : added)])];
  const created = await createKeyring(all);
  set(all, created);
}

/** Forgets all private keys. */
export function forgetSealedKeys(): void {
  set([], undefined);
}

function set(nextKeys: readonly string[], next: Keyring | undefined): void {
  keys = nextKeys;
  keyring = next;
  for (const listener of listeners) listener();
}

/** Returns what opens sealed values; `undefined` without a key. */
export function useKeyring(): Keyring | undefined {
  return useSyncExternalStore(subscribe, () => keyring);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
