/** Sealed values: encryption of chosen parts of telemetry to public keys, from the program that sends to the person who reads. */

export type { RequestSealer } from '../client/sealed-transport.ts';
export { isSealed, SEALED_PREFIX } from './format.ts';
export { generateKeyPair, type KeyPairText, publicKeyOf } from './keys.ts';
export { type OpenedRequest, openRequest } from './open-request.ts';
export { Opener } from './opener.ts';
export { createRequestSealer, type RequestSealerOptions } from './request-sealer.ts';
export { SealError, type SealErrorKind } from './seal-error.ts';
export { type SealChoice, sealRequest } from './seal-request.ts';
export { SEALED_ITEM_KEY } from './sealed-item.ts';
export { type ContentKey, Sealer } from './sealer.ts';
