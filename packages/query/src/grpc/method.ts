import type { MessageFields } from './message.ts';

/** A method of a gRPC service, which an endpoint of the HTTP API implements. */
export interface GrpcMethod {
  /** Returns the path and parameters of the HTTP request for a message. Throws a `GrpcError`. */
  request(message: MessageFields): { readonly path: string; readonly parameters: URLSearchParams };
  /** Converts the JSON of the response to messages. */
  respond(json: unknown): Iterable<Uint8Array>;
  /** Whether a response with status 404 means that there is nothing to send. */
  readonly isEmptyIfMissing?: true;
}

/** Methods by their name. */
export type GrpcService = Readonly<Record<string, GrpcMethod>>;

/** A call that fails with a status. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Creates parameters from those that have a value. */
export function parametersOf(values: Readonly<Record<string, string | bigint | undefined>>): URLSearchParams {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' || value === 0n ? [] : [[name, String(value)] as [string, string]],
  );
  return new URLSearchParams(given);
}
