import { Buffer } from 'node:buffer';
import {
  type IncomingMessage,
  type RequestOptions as NodeOptions,
  Agent as PlainAgent,
  request as requestPlain,
} from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { ConnectionOptions } from 'node:tls';

/** Options for `httpRequest`. */
export interface HttpRequestOptions {
  /** Default `GET`. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Unix socket to connect to, instead of the host in the URL. */
  readonly socketPath?: string;
  /** TLS settings for `https` URLs. */
  readonly tls?: Pick<
    ConnectionOptions,
    'ca' | 'cert' | 'key' | 'crl' | 'rejectUnauthorized' | 'servername' | 'minVersion' | 'maxVersion' | 'secureContext'
  >;
  /** Keeps connections open for further requests. TLS settings are then those of the agent. */
  readonly agent?: PlainAgent | undefined;
  /** Environment variables that configure proxies: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. Default: no proxy. */
  readonly proxyEnvironment?: Readonly<Record<string, string | undefined>>;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
  /** Maximum size of the response body; a larger one is an error. Default 1 MiB. */
  readonly maxBytes?: number;
  /** Maximum number of redirects to follow. Default 10, as in Go. */
  readonly maxRedirects?: number;
}

/** An HTTP response with its complete body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** The body as it was received. */
  readonly bytes: Uint8Array;
}

/**
 * Sends an HTTP request and reads the response, whatever its status. Rejects if there is no response, if the body is
 * too large, or when `signal` aborts. Without an agent, each request uses its own connection, for rare requests. A redirect to
 * another server is followed without the headers.
 */
export async function httpRequest(url: string, options: HttpRequestOptions = {}): Promise<HttpResponse> {
  const response = await send(new URL(url), options);
  const { location } = response.headers;
  const redirects = options.maxRedirects ?? 10;
  if (!REDIRECTS.has(response.status) || location === undefined) return response;
  if (redirects === 0) throw new Error(`expected a response from ${url}, got too many redirects`);
  const next = new URL(location, url);
  return httpRequest(next.href, { ...options, headers: headersFor(next, url, options), maxRedirects: redirects - 1 });
}

/** Headers may be credentials, which stay with the server that they are meant for. */
function headersFor(next: URL, url: string, { headers = {} }: HttpRequestOptions): Readonly<Record<string, string>> {
  if (next.origin === new URL(url).origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => /^(content-type|user-agent)$/i.test(name)));
}

/** An HTTP response whose body is read while it arrives. */
export interface HttpStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The body, of any size. It must be read to its end, or its iterator returned. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the body instead, whose size is limited. */
  complete(): Promise<HttpResponse>;
}

/** Sends an HTTP request, and returns the response before its body has arrived. Follows no redirects. */
export async function httpStream(url: string, options: HttpRequestOptions = {}): Promise<HttpStream> {
  const response = await open(new URL(url), options);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: response,
    complete: () => complete(response, options),
  };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MAX_BODY_BYTES = 1 << 20;

async function send(url: URL, options: HttpRequestOptions): Promise<HttpResponse> {
  return complete(await open(url, options), options);
}

async function complete(
  response: IncomingMessage,
  { maxBytes = MAX_BODY_BYTES }: HttpRequestOptions,
): Promise<HttpResponse> {
  const bytes = await readBody(response, maxBytes);
  return { status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString('utf8'), bytes };
}

function open(url: URL, options: HttpRequestOptions): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, socketPath, tls = {}, signal } = options;
  const { proxyEnvironment, agent = false } = options;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return Promise.reject(new Error(`expected an http or https URL, got "${url.protocol}"`));
  const nodeOptions: NodeOptions = {
    method,
    headers: body === undefined ? headers : { 'content-length': String(Buffer.byteLength(body)), ...headers },
    agent: proxyEnvironment === undefined ? agent : proxyAgent(url, proxyEnvironment),
    ...(socketPath !== undefined && { socketPath }),
    ...(signal !== undefined && { signal }),
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? requestTls(url, { ...nodeOptions, ...tls }, resolve)
        : requestPlain(url, nodeOptions, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

function proxyAgent(url: URL, environment: Readonly<Record<string, string | undefined>>): PlainAgent {
  const proxyEnv = Object.fromEntries(
    PROXY_VARIABLES.flatMap((name) => {
      const value = environment[name] ?? environment[name.toLowerCase()];
      return value ? [[name, value]] : [];
    }),
  );
  return url.protocol === 'https:' ? new TlsAgent({ proxyEnv }) : new PlainAgent({ proxyEnv });
}

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      response.destroy();
      throw new Error(`expected a response of at most ${maxBytes} bytes, got more`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
