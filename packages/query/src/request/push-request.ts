import { readBytes } from './request-body.ts';

/** A request of another protocol that brings telemetry, whose body has not been read. */
export interface PushRequest {
  readonly contentType: string;
  readonly contentEncoding: string;
  /** The announced size of the body, or `undefined`. */
  readonly contentLength: number | undefined;
  /** Reads the body up to a limit; `undefined` if it is larger. */
  readBody(limitBytes: number): Promise<Uint8Array | undefined>;
}

/** The response to a push request. */
export interface PushResponse {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Passes a request of the API to a receiving function and returns its response. */
export async function respondToPush(
  request: Request,
  receive: (request: PushRequest) => Promise<PushResponse>,
): Promise<Response> {
  const { headers } = request;
  const length = headers.get('content-length');
  const { status, message, ...rest } = await receive({
    contentType: headers.get('content-type') ?? '',
    contentEncoding: headers.get('content-encoding') ?? '',
    contentLength: length === null ? undefined : Number(length),
    readBody: (limitBytes) => readBytes(request, limitBytes),
  });
  return new Response(status === 204 ? null : message, { status, headers: rest.headers });
}
