import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { KubernetesObject } from './resource.ts';
import { type ApiServer, apiServer } from './server/api-server.ts';

/** An object as a test writes it. The server adds UID and versions. */
export type WrittenObject = {
  readonly metadata: Partial<KubernetesObject['metadata']> & { readonly name: string };
} & Readonly<Record<string, unknown>>;

/** Objects of a type. Paths are those of the API, such as `/api/v1/pods`. */
interface Collection {
  readonly objects: Map<string, KubernetesObject>;
  readonly history: { version: number; type: string; object: KubernetesObject }[];
}

/** A watch that a client has open. */
interface OpenWatch {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly namespace: string | undefined;
  readonly response: ServerResponse;
}

/**
 * A small API server in memory for tests: lists in pages, watches from a version with bookmarks, selectors of labels and
 * fields, 410 Gone and other error responses. It is no real server: it checks no permissions and no objects.
 */
export class FakeApiServer {
  readonly #collections = new Map<string, Collection>();
  readonly #watches = new Set<OpenWatch>();
  readonly #waiting = new Set<() => void>();
  readonly #server: Server;
  #version = 100;
  #oldestVersion = 0;
  #uids = 0;
  /** Requests as `path?query`, oldest first. */
  readonly requests: string[] = [];
  /** Returns the response to a request, in the place of the usual one. */
  respond: (request: IncomingMessage) => { status: number; body: unknown } | undefined = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  /** Starts a server, which stops with the test. */
  static async start(test: Pick<TestContext, 'after'>): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    test.after(() => fake.stop());
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The server for `createKubernetesClient`. */
  get settings(): ApiServer {
    return apiServer(this.url, () => ({ headers: { authorization: 'Bearer token' }, tls: {} }));
  }

  /** A kubeconfig file for this server. */
  get kubeConfig(): string {
    return JSON.stringify({
      'current-context': 'fake',
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      clusters: [{ name: 'fake', cluster: { server: this.url } }],
      users: [{ name: 'fake', user: { token: 'token' } }],
    });
  }

  /** Adds or replaces an object, and tells it to watches. `path` is that of its type: `/api/v1/pods`. */
  set(path: string, written: WrittenObject): KubernetesObject {
    const { objects } = this.#collection(path);
    const key = `${written.metadata.namespace ?? ''}/${written.metadata.name}`;
    const known = objects.get(key);
    this.#version += 1;
    this.#uids += known === undefined ? 1 : 0;
    const uid = written.metadata.uid ?? known?.metadata.uid ?? `uid-${this.#uids}`;
    const metadata = { ...written.metadata, uid, resourceVersion: String(this.#version) };
    const object: KubernetesObject = { ...written, metadata };
    objects.set(key, object);
    this.#tell(path, known === undefined ? 'ADDED' : 'MODIFIED', object);
    return object;
  }

  /** Deletes an object, and tells it to watches. */
  delete(path: string, name: string, namespace = ''): void {
    const { objects } = this.#collection(path);
    const key = `${namespace}/${name}`;
    const object = objects.get(key);
    if (object === undefined) throw new Error(`expected an object ${key}`);
    objects.delete(key);
    this.#version += 1;
    this.#tell(path, 'DELETED', {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    });
  }

  /** Forgets the changes so far, so that watches from an older version end with 410 Gone. */
  forgetChanges(): void {
    this.#version += 1;
    this.#oldestVersion = this.#version;
    for (const { history } of this.#collections.values()) history.length = 0;
  }

  /** Sends a bookmark of the current version to all watches. */
  bookmark(): void {
    const object = { metadata: { name: '', uid: '', resourceVersion: String(this.#version) } };
    for (const { response } of this.#watches) response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  /** Ends all watches as the server does after their time, or cuts their connections. */
  endWatches(how: 'end' | 'cut' = 'end'): void {
    for (const { response } of this.#watches) {
      if (how === 'end') response.end();
      else response.destroy();
    }
    this.#watches.clear();
  }

  /** Resolves when this many watches of a path are open. */
  async untilWatched(path: string, count = 1): Promise<void> {
    const open = (): number => [...this.#watches].filter((watch) => watch.path === path).length;
    while (open() < count) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #collection(path: string): Collection {
    const known = this.#collections.get(path);
    if (known !== undefined) return known;
    const created: Collection = { objects: new Map(), history: [] };
    this.#collections.set(path, created);
    return created;
  }

  #tell(path: string, type: string, object: KubernetesObject): void {
    this.#collection(path).history.push({ version: this.#version, type, object });
    for (const watch of this.#watches) if (watch.path === path) send(watch, type, object);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    this.requests.push(`${url.pathname}${url.search}`);
    this.#wake();
    const given = this.respond(request) ?? this.#read(url, response);
    if (given === undefined) return;
    response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body));
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Returns the response to a request, or opens a watch. */
  #read(url: URL, response: ServerResponse): { status: number; body: unknown } | undefined {
    const found = /^(?<root>\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/(?<ns>[^/]+)(?=\/))?\/(?<rest>.+)$/.exec(
      url.pathname,
    )?.groups as { root: string; ns?: string; rest: string } | undefined;
    if (found === undefined) return { status: 404, body: status(404, 'not found') };
    const [resource = '', name] = found.rest.split('/');
    const path = `${found.root}/${resource}`;
    const namespace = found.ns;
    if (name !== undefined) {
      const object = this.#collection(path).objects.get(`${namespace ?? ''}/${name}`);
      if (object === undefined) return { status: 404, body: status(404, 'not found') };
      return { status: 200, body: object };
    }
    if (url.searchParams.get('watch') !== 'true')
      return { status: 200, body: this.#list(path, namespace, url.searchParams) };
    this.#watch({ path, query: url.searchParams, namespace, response });
    return undefined;
  }

  #list(path: string, namespace: string | undefined, query: URLSearchParams): unknown {
    const objects = [...this.#collection(path).objects.values()].filter((object) => matches(object, namespace, query));
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit') ?? objects.length);
    const metadata = {
      resourceVersion: String(this.#version),
      ...(end < objects.length && { continue: String(end) }),
    };
    return { kind: 'List', apiVersion: 'v1', metadata, items: objects.slice(start, end) };
  }

  #watch(watch: OpenWatch): void {
    const { path, query, response } = watch;
    const from = Number(query.get('resourceVersion') ?? this.#version);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.#oldestVersion) {
      const object = status(410, `too old resource version: ${from} (${this.#oldestVersion})`);
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    for (const { version, type, object } of this.#collection(path).history)
      if (version > from) send(watch, type, object);
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    this.#wake();
  }
}

function send({ namespace, query, response }: OpenWatch, type: string, object: KubernetesObject): void {
  if (matches(object, namespace, query)) response.write(`${JSON.stringify({ type, object })}\n`);
}

function status(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
}

function matches({ ...object }: KubernetesObject, namespace: string | undefined, query: URLSearchParams): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  return (
    isSelected(query.get('labelSelector'), (key) => object.metadata.labels?.[key]) &&
    isSelected(query.get('fieldSelector'), (path) => fieldOf(object, path))
  );
}

function isSelected(selector: string | null, textAt: (key: string) => unknown): boolean {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [, key = '', operator, value] = /^([^=!]+?)(!=|==?)(.*)$/.exec(term) ?? [];
      if (operator !== undefined) return ((textAt(key) ?? '') === value) === (operator !== '!=');
      return term.startsWith('!') ? textAt(term.slice(1)) === undefined : textAt(term) !== undefined;
    });
}

function fieldOf(object: unknown, path: string): unknown {
  return path.split('.').reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}
