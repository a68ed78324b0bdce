import { SIGNAL_NAMES, SIGNALS, type Signal } from '@otelier/otlp';
import type { RequestHeaders } from '../../auth.ts';
import type { Coding } from '../../compression/codecs.ts';
import { compressionOfName, isSupported } from '../../compression/compression.ts';
import { parseGrpcTimeout } from '../../grpc-status.ts';
import { printable } from '../decompress-body.ts';
import { type Rejection, rejection } from '../rejection.ts';

/** The parsed head of a request to a gRPC server, before authentication. */
export type GrpcHead =
  | {
      readonly kind: 'call';
      readonly signal: Signal;
      /** Compression of the message if its compressed flag is set. */
      readonly coding: Coding | undefined;
      /** The client's deadline, if any. */
      readonly timeoutMillis: number | undefined;
    }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  /** Not a gRPC request. */
  | { readonly kind: 'nonGrpc'; readonly response: NonGrpcResponse };

/** A plain HTTP response to a non-gRPC client. */
export interface NonGrpcResponse {
  readonly status: number;
  readonly text: string;
}

/** Message for clients that use a different protocol on this port. */
export const NON_GRPC_MESSAGE = 'This port serves OTLP/gRPC (HTTP/2); send OTLP/HTTP to its own port, usually 4318.';

/** Signals by path: `/` service `/Export`. */
export type GrpcRoutes = ReadonlyMap<string, Signal>;

/** Returns the routes for `signals`. */
export function grpcRoutes(signals: readonly Signal[] = SIGNAL_NAMES): GrpcRoutes {
  return new Map(signals.map((signal) => [`/${SIGNALS[signal].grpcService}/Export`, signal]));
}

/** Parses and validates a request head. */
export function readGrpcHead(headers: RequestHeaders, routes: GrpcRoutes): GrpcHead {
  const contentType = textOf(headers['content-type']) ?? '';
  const method = headers[':method'];
  if (method !== 'POST') return { kind: 'nonGrpc', response: nonGrpcResponse(405, method !== 'HEAD') };
  if (!/^application\/grpc(?:$|[;+])/.test(contentType))
    return { kind: 'nonGrpc', response: nonGrpcResponse(415, true) };
  const path = textOf(headers[':path']) ?? '';
  const signal = routes.get(path);
  if (signal === undefined)
    return rejected(
      rejection(
        'not_found',
        `expected a method of this server, such as ${routes.keys().next().value}, got ${printable(path)}`,
      ),
    );
  if (contentType.startsWith('application/grpc+') && !/^application\/grpc\+proto(?:$|;)/.test(contentType)) {
    return rejected(rejection('unsupported', `expected application/grpc+proto, got ${printable(contentType)}`));
  }
  const name = textOf(headers['grpc-encoding']);
  const compression = compressionOfName(name);
  if (compression === undefined || (compression !== 'none' && !isSupported(compression))) {
    const got = printable(String(name));
    return rejected(rejection('unsupported', `grpc-encoding: expected one of ${ACCEPTED_ENCODINGS}, got ${got}`));
  }
  return {
    kind: 'call',
    signal,
    coding: compression === 'none' ? undefined : compression,
    timeoutMillis: parseGrpcTimeout(textOf(headers['grpc-timeout'])),
  };
}

const ACCEPTED_ENCODINGS = 'identity, gzip, deflate, zstd, snappy';

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function nonGrpcResponse(status: number, withText: boolean): NonGrpcResponse {
  return { status, text: withText ? `${NON_GRPC_MESSAGE}\n` : '' };
}

function rejected(reason: Rejection): GrpcHead {
  return { kind: 'rejection', rejection: reason };
}
