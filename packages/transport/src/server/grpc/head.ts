import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { RequestHeaders } from '../../auth.ts';
import { type Coding, compressionOfName, isSupported } from '../../compression/compression.ts';
import { parseGrpcTimeout } from '../../grpc-status.ts';
import { printable } from '../decompress-body.ts';
import { type Rejection, rejection } from '../rejection.ts';

/** What the head of a request says to a gRPC server, apart from who sent it. */
export type GrpcHead =
  | {
      readonly kind: 'call';
      readonly signal: Signal;
      /** How the message may be compressed. */
      readonly coding: Coding | undefined;
      /** How long the client waits, where it says so. */
      readonly timeoutMillis: number | undefined;
    }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  /** No gRPC at all. */
  | { readonly kind: 'nonGrpc'; readonly response: NonGrpcResponse };

/** What a client reads that comes with plain HTTP. */
export interface NonGrpcResponse {
  readonly status: number;
  readonly text: string;
}

/** Said to whoever comes to this port with another protocol. */
export const NON_GRPC_MESSAGE =
  'This port takes OTLP over gRPC (HTTP/2); send OTLP over HTTP to the port for it, usually 4318.';

/** Signals by path: `/` service `/Export`. */
export type GrpcRoutes = ReadonlyMap<string, Signal>;

/** The paths of `signals`. */
export function grpcRoutes(signals: readonly Signal[] = SIGNAL_NAMES): GrpcRoutes {
  return new Map(signals.map((signal) => [`/${SIGNALS[signal].grpcService}/Export`, signal]));
}

/** Judges a head. */
export function readGrpcHead(headers: RequestHeaders, routes: GrpcRoutes): GrpcHead {
  const contentType = textOf(headers['content-type']) ?? '';
  const method = headers[':method'];
  if (method !== 'POST') return { kind: 'nonGrpc', response: nonGrpcResponse(405, method !== 'HEAD') };
  if (!/^application\/grpc(?:$|[;+])/.test(contentType))
    return { kind: 'nonGrpc', response: nonGrpcResponse(415, true) };
  const path = textOf(headers[':path']) ?? '';
  const signal = routes.get(path);
  if (signal === undefined) return faulty(rejection('not_found', `expected a method of OTLP, got ${printable(path)}`));
  if (contentType.startsWith('application/grpc+') && !/^application\/grpc\+proto(?:$|;)/.test(contentType)) {
    return faulty(rejection('unsupported', `expected application/grpc+proto, got ${printable(contentType)}`));
  }
  const name = textOf(headers['grpc-encoding']);
  const compression = compressionOfName(name);
  if (compression === undefined || (compression !== 'none' && !isSupported(compression))) {
    const got = printable(String(name));
    return faulty(rejection('unsupported', `grpc-encoding: expected one of ${ACCEPTED_ENCODINGS}, got ${got}`));
  }
  return {
    kind: 'call',
    signal,
    coding: compression === 'none' ? undefined : compression,
    timeoutMillis: parseGrpcTimeout(textOf(headers['grpc-timeout'])),
  };
}

const ACCEPTED_ENCODINGS = 'identity, gzip, deflate, zstd';

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function nonGrpcResponse(status: number, mayHaveText: boolean): NonGrpcResponse {
  return { status, text: mayHaveText ? `${NON_GRPC_MESSAGE}\n` : '' };
}

function faulty(errorMessage: Rejection): GrpcHead {
  return { kind: 'rejection', rejection: errorMessage };
}
