import { decodeExportResponse, decodeRpcStatus, requestToJson, type Signal } from '@otelier/otlp';
import type { BodyReader } from '@otelier/transport/portable';
import { joined } from '../wire/join.ts';

/** The request as OTLP/JSON. */
export function jsonRequest(signal: Signal, parts: readonly Uint8Array[]): Uint8Array {
  return new TextEncoder().encode(requestToJson(signal, joined(parts)));
}

/** Reads responses in either encoding. */
export const jsonBody: BodyReader = {
  partialSuccess: decodeExportResponse,
  message: (body, encoding) => decodeRpcStatus(body, encoding)?.message,
};
