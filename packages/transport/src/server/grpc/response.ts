import { ACCEPTED } from '@otelier/otlp';
import { encodeHeaderBlock } from '../../http2/hpack/encoder.ts';
import { Response } from '../http2/response.ts';
import { type GrpcResponse, grpcResponseForOutcome } from '../outcome-mapping.ts';
import type { NonGrpcResponse } from './head.ts';

/** Returns the frames of a response. Success, by far the most common response, is encoded once. */
export function framesOfResponse(response: GrpcResponse): Response {
  return response === ACCEPTED_RESPONSE ? ACCEPTED_FRAMES : encodeResponse(response);
}

/** Returns the frames of a plain HTTP response. */
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
