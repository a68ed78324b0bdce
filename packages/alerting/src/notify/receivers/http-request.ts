import { Buffer } from 'node:buffer';
import type { IncomingMessage, RequestOptions } from 'node:http';
import https from 'node:https';
import { http } from '@otelier/transport/node-http';
import type { HttpConfig, TlsConfig } from '../config/model.ts';
import { readSecret } from './secrets.ts';

/** A POST request. */
export interface Post {
  readonly url: URL;
  readonly plain: Readonly<Record<string, string>>;
  /** Headers that are sent only to the server of the URL. */
  readonly secret: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly config: HttpConfig;
  readonly signal: AbortSignal;
}

/** What is known when a request fails. */
export interface PostProgress {
  /** Whether there was a connection, so that the server may have received the request. */
  isConnected: boolean;
}

/** A response with the start of its body. */
export interface RawResponse {
  readonly status: number;
  /** Content type. */
  readonly type: string;
  readonly body: string;
  readonly retryAfter: string | undefined;
  readonly location: string | undefined;
}

/** A request that no attempt can send. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** What is read of a response; the rest of a larger one is not awaited. */
const MAX_RESPONSE_BYTES = 64 << 10;
const MAX_REDIRECTS = 5;

/** Sends a request, follows redirects that keep the method, and reads the start of the response. */
export async function sendPost(post: Post, progress: PostProgress): Promise<RawResponse> {
  let { url } = post;
  let headers = { ...post.plain, ...post.secret };
  for (let redirects = 0; ; redirects++) {
    const response = await open({ ...post, url }, headers, progress);
    const next = nextUrl(response, url, post.config);
    if (next === undefined || redirects === MAX_REDIRECTS) return response;
    // Credentials stay with the server that they are meant for.
    if (next.origin !== url.origin) headers = { ...post.plain };
    url = next;
  }
}

/** Returns where a request goes on. Other redirects than 307 and 308 would turn it into a GET. */
function nextUrl({ status, location }: RawResponse, url: URL, { followsRedirects }: HttpConfig): URL | undefined {
  if (!followsRedirects || (status !== 307 && status !== 308) || location === undefined) return undefined;
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  return next !== undefined && /^https?:$/.test(next.protocol) ? next : undefined;
}

async function open(
  { url, body, config, signal }: Post,
  headers: Readonly<Record<string, string>>,
  progress: PostProgress,
): Promise<RawResponse> {
  if (!/^https?:$/.test(url.protocol)) throw new RequestError('expected an http or https URL');
  const isTls = url.protocol === 'https:';
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': String(body.length) },
    agent: agentOf(isTls, config) ?? false,
    signal,
  };
  const tls = isTls ? tlsOptions(config.tls) : {};
  return new Promise((resolve, reject) => {
    const receive = (response: IncomingMessage): void => void readResponse(response).then(resolve, reject);
    const request = isTls ? https.request(url, { ...options, ...tls }, receive) : http.request(url, options, receive);
    request.on('socket', (socket) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => {
        progress.isConnected = true;
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function agentOf(isTls: boolean, { proxyUrl }: HttpConfig) {
  if (proxyUrl === undefined) return undefined;
  const proxyEnv = { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
  return isTls ? new https.Agent({ proxyEnv }) : new http.Agent({ proxyEnv });
}

/** Returns the settings of a TLS client. Throws a `SecretFileError`. */
export function tlsOptions({ ca, cert, key, serverName, isVerified, minVersion, maxVersion }: TlsConfig) {
  return {
    ...(ca !== undefined && { ca: readSecret(ca) }),
    ...(cert !== undefined && { cert: readSecret(cert) }),
    ...(key !== undefined && { key: readSecret(key) }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(minVersion !== undefined && { minVersion }),
    ...(maxVersion !== undefined && { maxVersion }),
    rejectUnauthorized: isVerified,
  };
}

async function readResponse(response: IncomingMessage): Promise<RawResponse> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_RESPONSE_BYTES) break;
  }
  response.destroy();
  const { 'content-type': type = '', 'retry-after': retryAfter, location } = response.headers;
  const body = Buffer.concat(chunks).subarray(0, MAX_RESPONSE_BYTES).toString();
  return { status: response.statusCode ?? 0, type, body, retryAfter, location };
}
