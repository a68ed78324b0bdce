import { ACCEPTED } from '@otelier/otlp';
import { encodeHeaderBlock } from '../http2/hpack/encoder.ts';
import type { StrangerAnswer } from './grpc-head.ts';
import { Answer } from './http2/answer.ts';
import { type GrpcAnswer, grpcAnswerOfOutcome } from './outcome-mapping.ts';

/** The frames of an answer. Success, which is nearly every answer, is encoded once for all. */
export function framesOfAnswer(answer: GrpcAnswer): Answer {
  return answer === ACCEPTED_ANSWER ? ACCEPTED_FRAMES : encodeAnswer(answer);
}

/** The frames of a plain answer of HTTP. */
export function framesOfStranger({ status, text }: StrangerAnswer): Answer {
  const head: [string, string][] = [[':status', String(status)]];
  if (status === 405) head.push(['allow', 'POST']);
  if (text === '') return new Answer(encodeHeaderBlock(head));
  head.push(['content-type', 'text/plain; charset=utf-8'], ['content-length', String(Buffer.byteLength(text))]);
  return new Answer(encodeHeaderBlock(head), Buffer.from(text));
}

function encodeAnswer({ frame, trailers }: GrpcAnswer): Answer {
  const fields = Object.entries(trailers).map(([name, value]): [string, string] => [name, String(value)]);
  if (frame === undefined) return new Answer(encodeHeaderBlock([...HEAD, ...fields]));
  return new Answer(encodeHeaderBlock(HEAD), frame, encodeHeaderBlock(fields));
}

const HEAD: readonly (readonly [string, string])[] = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];

const ACCEPTED_ANSWER = grpcAnswerOfOutcome(ACCEPTED, 'traces');
const ACCEPTED_FRAMES = encodeAnswer(ACCEPTED_ANSWER);
