import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { HttpRequestOptions } from '../../component/http/http-request.ts';
import { VERSION } from '../../component/version.ts';

/** Options for `requestUrl`. */
export interface CheckRequest {
  readonly method: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: NonNullable<HttpRequestOptions['tls']>;
  readonly signal: AbortSignal;
}

/** What a response says. Its body is not read. */
export interface CheckResponse {
  readonly status: number;
  /** Time at which the certificate of the server ends, in milliseconds since the epoch; `undefined` without TLS. */
  readonly certificateEndMillis: number | undefined;
}

/** Number of redirects that are followed, as in Go. */
const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Requests a URL over a connection of its own, and follows redirects. Rejects if there is no response. */
export async function requestUrl(url: string, request: CheckRequest): Promise<CheckResponse> {
  const first = new URL(url);
  let current = first;
  for (let redirects = 0; ; redirects++) {
    // Headers may be credentials, which stay with the host that they are meant for.
    const headers = current.origin === first.origin ? request.headers : {};
    const { status, location, certificateEndMillis } = await send(current, { ...request, headers });
    if (!REDIRECTS.has(status) || location === undefined) return { status, certificateEndMillis };
    if (redirects === MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
    current = new URL(location, current);
    if (!/^https?:$/.test(current.protocol))
      throw new Error(`expected a redirect to http or https, got ${current.href}`);
  }
}

function send(url: URL, { method, body, headers, tls, signal }: CheckRequest) {
  return new Promise<CheckResponse & { readonly location: string | undefined }>((resolve, reject) => {
    const onResponse = (response: IncomingMessage): void => {
      const { statusCode: status = 0, headers: received, socket } = response;
      resolve({ status, location: received.location, certificateEndMillis: certificateEnd(socket) });
      response.destroy();
    };
    const options = {
      method,
      headers: { 'user-agent': `otelier/${VERSION}`, ...headers },
      signal,
      agent: false as const,
    };
    const request =
      url.protocol === 'https:'
        ? requestTls(url, { ...options, ...tls }, onResponse)
        : requestPlain(url, options, onResponse);
    request.on('error', reject);
    request.end(body === '' ? undefined : body);
  });
}

function certificateEnd(socket: unknown): number | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const end = Date.parse(socket.getPeerCertificate().valid_to);
  return Number.isNaN(end) ? undefined : end;
}
