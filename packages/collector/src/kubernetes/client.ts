import { Agent as PlainAgent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { type HttpRequestOptions, type HttpStream, httpStream } from '../component/http/http-request.ts';
import { readLines } from '../component/http/read-lines.ts';
import { VERSION } from '../component/version.ts';
import { ApiError, errorOf, type StatusObject, type Verb } from './api-error.ts';
import { type KubernetesObject, nameOf, pathOf, type ResourceType, type Selection } from './resource.ts';
import type { ApiServer, Environment } from './server/api-server.ts';

/** A page of a list. */
export interface ListPage {
  readonly items: readonly KubernetesObject[];
  /** The version of the whole list, from which it is watched. */
  readonly resourceVersion: string;
}

/** A change that a watch reports. A bookmark only tells the current version. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubernetesObject;
}

/** Options of a watch. */
export interface WatchOptions {
  /** The version after which changes are reported. Without it, the current objects are reported as added first. */
  readonly resourceVersion: string | undefined;
  /** Time after which the server ends the watch. */
  readonly timeoutSeconds: number;
  /** Is called when bytes have arrived. */
  readonly onActivity?: () => void;
}

/** Reads objects of a Kubernetes API server. All methods reject with an `ApiError` for an error response. */
export interface KubernetesClient {
  /** Returns the pages of a list one after the other. */
  list(selection: Selection, signal: AbortSignal): AsyncGenerator<ListPage>;
  /** Reports the changes of objects until the server ends the watch. Throws an `ApiError` for an error event. */
  watch(selection: Selection, options: WatchOptions, signal: AbortSignal): AsyncGenerator<WatchEvent>;
  /** Returns one object. */
  get(type: ResourceType, name: string, namespace: string | undefined, signal: AbortSignal): Promise<KubernetesObject>;
  /** Returns the body of any path, such as `/apis`; `undefined` for status 404. */
  read(path: string, signal: AbortSignal): Promise<string | undefined>;
  /** Closes idle connections. */
  close(): void;
}

/** Objects per page. Pages bound the memory that a list takes. */
const PAGE_SIZE = 100;
const MAX_PAGE_BYTES = 128 << 20;
const MAX_EVENT_BYTES = 16 << 20;
/** Connections for lists, which are kept open. Each watch has its own connection. */
const MAX_CONNECTIONS = 4;
const KEEP_ALIVE_MILLIS = 30_000;
const JSON_TYPE = 'application/json';
const METADATA = 'v=v1;g=meta.k8s.io';

/** Creates a client. Proxies are those of the environment, unless the server has one. */
export function createKubernetesClient(server: ApiServer, environment: Environment = {}): KubernetesClient {
  const connections = createConnections(server, environment);
  const send = async (path: string, accept: string, agent: PlainAgent, signal: AbortSignal): Promise<HttpStream> => {
    const { headers, tls } = await server.access(signal);
    const options: HttpRequestOptions = {
      headers: { ...headers, accept, 'user-agent': `otelier/${VERSION}` },
      tls,
      agent,
      signal,
      maxBytes: MAX_PAGE_BYTES,
    };
    const response = await httpStream(server.url + path, options);
    if (response.status === 401) server.renew();
    return response;
  };
  /** Throws for any status other than 200. */
  const open = async (verb: Verb, selection: Selection, query: URLSearchParams, name: string, signal: AbortSignal) => {
    const isWatch = verb === 'watch';
    const path = `${pathOf(selection, selection.namespace)}${name}`;
    const accept = acceptOf(selection, verb);
    const text = query.toString();
    const response = await send(
      text === '' ? path : `${path}?${text}`,
      accept,
      isWatch ? connections.watches : connections.requests,
      signal,
    );
    if (response.status === 200) return response;
    const { body, status, headers } = await response.complete();
    throw errorOf(verb, selection, { status, body, retryAfter: headers['retry-after'] });
  };

  return {
    async *list(selection, signal) {
      let next = '';
      do {
        const query = queryOf(selection);
        query.set('limit', String(PAGE_SIZE));
        if (next !== '') query.set('continue', next);
        const response = await open('list', selection, query, '', signal);
        const page = parseList((await response.complete()).body, selection);
        next = page.metadata.continue ?? '';
        yield { items: page.items ?? [], resourceVersion: page.metadata.resourceVersion ?? '' };
      } while (next !== '');
    },

    async *watch(selection, { resourceVersion, timeoutSeconds, onActivity }, signal) {
      const query = queryOf(selection);
      query.set('watch', 'true');
      query.set('allowWatchBookmarks', 'true');
      query.set('timeoutSeconds', String(timeoutSeconds));
      if (resourceVersion !== undefined) query.set('resourceVersion', resourceVersion);
      const response = await open('watch', selection, query, '', signal);
      onActivity?.();
      for await (const line of readLines(response.body, MAX_EVENT_BYTES, onActivity)) yield eventOf(line, selection);
    },

    async get(type, name, namespace, signal) {
      const selection = { ...type, namespace };
      const at = `/${encodeURIComponent(name)}`;
      const response = await open('get', selection, new URLSearchParams(), at, signal);
      return JSON.parse((await response.complete()).body) as KubernetesObject;
    },

    async read(path, signal) {
      const response = await send(path, JSON_TYPE, connections.requests, signal);
      const { status, body } = await response.complete();
      if (status === 404) return undefined;
      if (status !== 200) throw new ApiError(`expected status 200 of ${path}, got ${status}`, status);
      return body;
    },

    close() {
      connections.requests.destroy();
      connections.watches.destroy();
    },
  };
}

function createConnections({ url, proxyUrl }: ApiServer, environment: Environment) {
  const proxyEnv = proxyUrl === undefined ? proxiesOf(environment) : { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl };
  // The kernel finds a silent peer: probes begin after this time without data.
  const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MILLIS, proxyEnv, maxCachedSessions: 0 };
  const Agent = url.startsWith('https:') ? TlsAgent : PlainAgent;
  return { requests: new Agent({ ...options, maxSockets: MAX_CONNECTIONS }), watches: new Agent(options) };
}

function proxiesOf(environment: Environment): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name] ?? environment[name.toLowerCase()];
      return value ? [[name, value]] : [];
    }),
  );
}

/** Asks for the metadata only, and accepts whole objects where the server cannot separate them. */
function acceptOf({ metadataOnly }: Selection, verb: Verb): string {
  if (!metadataOnly) return JSON_TYPE;
  const kind = verb === 'list' ? 'PartialObjectMetadataList' : 'PartialObjectMetadata';
  return `${JSON_TYPE};as=${kind};${METADATA},${JSON_TYPE}`;
}

function queryOf({ labelSelector, fieldSelector }: Selection): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector) query.set('labelSelector', labelSelector);
  if (fieldSelector) query.set('fieldSelector', fieldSelector);
  return query;
}

interface List {
  readonly metadata: { readonly continue?: string; readonly resourceVersion?: string };
  readonly items?: readonly KubernetesObject[] | null;
}

function parseList(body: string, selection: Selection): List {
  const list = JSON.parse(body) as Partial<List> | null;
  if (typeof list !== 'object' || list?.metadata === undefined)
    throw new Error(`list of ${nameOf(selection)}: expected a list, got another object`);
  return { metadata: list.metadata, items: list.items ?? [] };
}

function eventOf(line: string, selection: Selection): WatchEvent {
  const event = JSON.parse(line) as { readonly type?: string; readonly object?: unknown };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
    case 'BOOKMARK':
      return { type: event.type, object: event.object as KubernetesObject };
    case 'ERROR': {
      const { code = 500, message } = event.object as StatusObject;
      throw new ApiError(`watch of ${nameOf(selection)} ended with ${code}: ${message}`, code);
    }
    default:
      throw new Error(`watch of ${nameOf(selection)}: expected an event, got the type ${String(event.type)}`);
  }
}
