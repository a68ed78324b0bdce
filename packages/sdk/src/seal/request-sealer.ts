import type { RequestSealer } from '../client/sealed-transport.ts';
import type { SealChoice } from './seal-request.ts';
import { sealRequest } from './seal-request.ts';
import { Sealer } from './sealer.ts';

/** Options for `createRequestSealer`. */
export interface RequestSealerOptions extends SealChoice {
  /** One to eight public keys, such as `otelier-public-1:…`. The owner of any of their private keys can open the values. */
  readonly recipients: readonly string[];
}

/** Creates what seals the requests of a client. Rejects with a `SealError` for invalid keys. */
export async function createRequestSealer({ recipients, ...choice }: RequestSealerOptions): Promise<RequestSealer> {
  const sealer = await Sealer.create(recipients);
  return { seal: (signal, request) => sealRequest(sealer, choice, signal, request) };
}
