import { SIGNALS, type Signal } from '@otelier/otlp';
import { GrpcConnection } from '../client/grpc-connection.ts';
import { createCorpus } from '../corpus.ts';
import { wireCase } from '../mutate/wire-case.ts';
import { checkWire } from '../oracle/check.ts';
import { ReceiverProcess } from '../server/receiver-process.ts';
import type { FuzzTarget, OpenTarget } from '../target.ts';
import { openReceiver, type Sending } from './receiver.ts';

/** OTLP/gRPC. */
export const grpc: FuzzTarget = {
  name: 'grpc',
  what: 'the otlp receiver, gRPC',
  async open(seed): Promise<OpenTarget> {
    const corpus = createCorpus(seed);
    const receiver = await ReceiverProcess.start('otlp', {
      protocols: { grpc: { endpoint: '127.0.0.1:0', include_metadata: true } },
    });
    const connection = new GrpcConnection(receiver.port(0));
    return openReceiver(receiver, {
      send(random, id): Sending {
        const { signal, input } = wireCase(corpus, random);
        const message = framed(input);
        return {
          input,
          outcome: call(connection, signal, id, message),
          check: (response) => checkWire(signal, input, response),
        };
      },
      close: () => connection.close(),
    });
  },
};

/** Adds the five-byte gRPC prefix: the compression flag, which is unset, and the length. */
function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = 14;

async function call(connection: GrpcConnection, signal: Signal, id: string, body: Uint8Array): Sending['outcome'] {
  const path = `/${SIGNALS[signal].grpcService}/Export`;
  const { status, message } = await connection.call(path, { 'x-fuzz-id': id }, body);
  if (status === 0) return { kind: 'accepted' };
  if (status === INVALID_ARGUMENT) return { kind: 'refused', reason: message };
  if (status === UNAVAILABLE || status === RESOURCE_EXHAUSTED) return { kind: 'later' };
  return { defect: `ended with status ${status}: ${message}` };
}
