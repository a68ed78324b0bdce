import { ACCEPTED } from '@otelier/otlp';
import { encodeHeaderBlock } from '../../http2/hpack/encoder.ts';
import { Response } from '../http2/response.ts';
import { type GrpcResponse, grpcResponseForOutcome } from '../outcome-mapping.ts';
import type { NonGrpcResponse } from './head.ts';

/** The frames of an answer. Success, which is nearly every answer, is encoded once for all. */
export function framesOfResponse(response: GrpcResponse): Response {
  return response === ACCEPTED_RESPONSE ? ACCEPTED_FRAMES : encodeResponse(response);
}

/** The frames of a plain answer of HTTP. */
export function nonGrpcClientFrames({ status, text }: NonGrpcResponse): Response {
  const head: [string, string][] = [[':status', String(status)]];
  if (status === 405) head.push(['allow', 'POST']);
  if (text === '') return new Response(encodeHeaderBlock(head));
  head.push(['content-type', 'text/plain; charset=utf-8'], ['content-length', String(Buffer.byteLength(text))]);
  return new Response(encodeHeaderBlock(head), Buffer.from(text));
}

function encodeResponse({ frame, trailers }: GrpcResponse): Response {
  const fields = Object.entries(trailers).map(([name, value]): [string, string] => [name, String(value)]);
  if (frame === undefined) return new Response(encodeHeaderBlock([...HEAD, ...fields]));
  return new Response(encodeHeaderBlock(HEAD), frame, encodeHeaderBlock(fields));
}

const HEAD: readonly (readonly [string, string])[] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

const ACCEPTED_RESPONSE = grpcResponseForOutcome(ACCEPTED, 'traces');
const ACCEPTED_FRAMES = encodeResponse(ACCEPTED_RESPONSE);
