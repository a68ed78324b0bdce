import { Agent, type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import { promisify } from 'node:util';
import { createGunzip, gunzip } from 'node:zlib';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { HttpClientConfig } from '../config/http-client.ts';
import { type Credentials, createCredentials } from './credentials.ts';
import { PlainHttp } from './plain-http.ts';
import { BodyLimitError, type ResponseReader } from './response-reader.ts';
import { tlsSource } from './tls.ts';

/** A GET request. */
export interface GetRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Maximum size of the body after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** A response with its decompressed body. */
export interface GetResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  /** Gives the memory of the body back. It must not be used afterwards. */
  release(): void;
}

/** Sends requests for pages. Connections are kept open. */
export interface PageClient {
  get(url: string, request: GetRequest): Promise<GetResponse>;
  close(): void;
}

interface Environment {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Number of redirects that are followed, as in Go. */
const MAX_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const IDLE_MILLIS = 300_000;

/** Creates a client. Files and tokens are read with the first request, whose error names what is missing. */
export function createClient(config: HttpClientConfig, context: Environment): PageClient {
  const agents = createAgents(config, context);
  let credentials: Promise<Credentials> | undefined;
  const get = async (url: URL, request: GetRequest, redirects: number, first: URL): Promise<GetResponse> => {
    credentials ??= createCredentials(config, context);
    credentials.catch(() => {
      credentials = undefined;
    });
    // Credentials stay with the host that they are meant for.
    const own = url.host === first.host ? await (await credentials)(request.signal) : {};
    const headers = { ...request.headers, ...own };
    const isPlain = url.protocol === 'http:' && !agents.hasProxy && url.username === '';
    const response = isPlain
      ? await getPlain(agents.http, url, { ...request, headers })
      : await getWithNode(agents, url, { ...request, headers });
    const { status, location } = response;
    if (!config.followRedirects || !REDIRECTS.has(status) || location === undefined) return response;
    response.release();
    if (redirects === 0) throw new Error('expected a response, got too many redirects');
    return get(new URL(location, url), request, redirects - 1, first);
  };
  return {
    get: (url, request) => get(new URL(url), request, MAX_REDIRECTS, new URL(url)),
    close() {
      agents.http.close();
      agents.plain.destroy();
      agents.closeTls();
    },
  };
}

interface Agents {
  /** For requests without TLS and proxies. */
  readonly http: PlainHttp;
  readonly hasProxy: boolean;
  readonly plain: Agent;
  /** Returns the agent for requests with TLS. Changed files are used for new connections, and only those are used from then on. */
  tls(): TlsAgent;
  closeTls(): void;
}

function createAgents(config: HttpClientConfig, { clock, environment }: Environment): Agents {
  const proxyEnv = proxyOf(config, environment);
  const options = { keepAlive: true, timeout: IDLE_MILLIS, ...(proxyEnv !== undefined && { proxyEnv }) };
  // Created by the first request, since it reads files.
  let source: ReturnType<typeof tlsSource> | undefined;
  let current: { readonly agent: TlsAgent; readonly tls: object } | undefined;
  return {
    http: new PlainHttp(),
    hasProxy: Boolean(proxyEnv?.['HTTP_PROXY']),
    plain: new Agent(options),
    tls() {
      source ??= tlsSource(config.tlsConfig, clock);
      const tls = source();
      if (current?.tls !== tls) {
        if (current !== undefined) closeIdle(current.agent);
        current = { agent: new TlsAgent({ ...options, ...tls }), tls };
      }
      return current.agent;
    },
    closeTls: () => current?.agent.destroy(),
  };
}

/** Closes the connections of an agent that no request uses. The others are closed once they are idle. */
function closeIdle({ freeSockets }: TlsAgent): void {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
}

/** Returns the variables that configure proxies, for Node's agents. */
function proxyOf(
  { proxyUrl, noProxy, proxyFromEnvironment }: HttpClientConfig,
  environment: Environment['environment'],
): Readonly<Record<string, string | undefined>> | undefined {
  if (proxyUrl !== undefined) return { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, NO_PROXY: noProxy ?? '' };
  if (!proxyFromEnvironment) return undefined;
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(names.map((name) => [name, environment[name] ?? environment[name.toLowerCase()]]));
}

interface Response extends GetResponse {
  readonly location: string | undefined;
}

const inflate = promisify(gunzip);

async function getPlain(http: PlainHttp, url: URL, request: GetRequest): Promise<Response> {
  const reader = await http.get(url, request);
  const { status, headers } = reader;
  const common = { status, contentType: headers.get('content-type') ?? '', location: headers.get('location') };
  if (headers.get('content-encoding') !== 'gzip')
    return { ...common, body: reader.body, release: () => reader.release() };
  return { ...common, body: await inflated(reader, request.maxBytes), release: () => {} };
}

async function inflated(reader: ResponseReader, maxBytes: number): Promise<Buffer> {
  try {
    return await inflate(reader.body, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? new BodyLimitError(maxBytes) : error;
  } finally {
    reader.release();
  }
}

async function getWithNode(agents: Agents, url: URL, { headers, maxBytes, signal }: GetRequest): Promise<Response> {
  const response = await send(url, agents, headers, signal);
  const { location, 'content-type': contentType = '' } = response.headers;
  const body = await readBody(response, maxBytes);
  return { status: response.statusCode ?? 0, contentType, location, body, release: () => {} };
}

function send(
  url: URL,
  agents: Agents,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let request: ClientRequest;
    if (url.protocol === 'https:') {
      request = requestTls(url, { headers, signal, agent: agents.tls() }, resolve);
    } else {
      request = requestPlain(url, { headers, signal, agent: agents.plain }, resolve);
    }
    request.on('error', reject);
    request.end();
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const isCompressed = response.headers['content-encoding'] === 'gzip';
  const source = isCompressed ? response.pipe(createGunzip()) : response;
  if (isCompressed) response.on('error', (error) => source.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new BodyLimitError(maxBytes);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}
