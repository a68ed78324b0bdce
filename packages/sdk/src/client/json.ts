import { decodeExportResponse, decodeRpcStatus, requestToJson, type Signal } from '@otelier/otlp';
import type { BodyReader } from '@otelier/transport/portable';

/** The request as OTLP/JSON. */
export function jsonRequest(signal: Signal, parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return new TextEncoder().encode(requestToJson(signal, joined));
}

/** Reads responses in either encoding. */
export const jsonBody: BodyReader = {
  partialSuccess: decodeExportResponse,
  message: (body, encoding) => decodeRpcStatus(body, encoding)?.message,
};
