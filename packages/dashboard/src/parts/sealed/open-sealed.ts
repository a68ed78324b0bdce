import type { JsonValue } from '@otelier/query';
import { Opener, SealError } from '@otelier/sdk/seal';
import { decodeAnyValue, decodeItem } from './any-value.ts';
import type { SealedItem } from './sealed-text.ts';

/** A sealed value that was opened, or why it cannot be. */
export type Opened =
  | { readonly kind: 'opened'; readonly value: JsonValue }
  | { readonly kind: 'wrong_key' | 'damaged' | 'invalid'; readonly message: string };

/** Opens sealed values with private keys, which it does not show. */
export interface Keyring {
  /** The IDs of the public keys, in hexadecimal. */
  readonly keyIds: readonly string[];
  open(text: string, item: SealedItem | undefined): Promise<Opened>;
}

/** Creates a keyring. Throws an error with a message for the reader if a text is no private key. */
export async function createKeyring(privateKeys: readonly string[]): Promise<Keyring> {
  const opener = await Opener.create(privateKeys);
  return { keyIds: opener.keyIds, open: (text, item) => openWith(opener, text, item) };
}

async function openWith(opener: Opener, text: string, item: SealedItem | undefined): Promise<Opened> {
  try {
    const bytes = await opener.open(text);
    return { kind: 'opened', value: item === undefined ? decodeAnyValue(bytes) : decodeItem(bytes, item) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof SealError)) return { kind: 'invalid', message };
    return { kind: error.kind === 'wrong_key' || error.kind === 'damaged' ? error.kind : 'invalid', message };
  }
}
