import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { FakeApiServer, type WrittenObject } from '../kubernetes/fake-api-server.testing.ts';
import { pathOf } from '../kubernetes/resource.ts';
import { type ApiServer, apiServer } from '../kubernetes/server/api-server.ts';
import { CHILD_TYPES } from './collector/names.ts';

type Json = Readonly<Record<string, unknown>>;

/** A request that has changed an object. */
export interface Write {
  readonly method: string;
  readonly path: string;
}

/**
 * A fake API server that also takes changes: create, replace with versions, merge patch, apply (merged in the same way) and
 * delete. It checks no schemas, and no controllers run beside it.
 */
export class WritableApiServer {
  readonly fake: FakeApiServer;
  readonly writes: Write[] = [];
  /** Paths of objects and lists that were requested, with their queries. */
  readonly reads: string[] = [];
  /** Messages with which changes are refused as not valid, by the path of the object. */
  readonly rejections = new Map<string, string>();
  /** Defaults of the specification of custom resources, by the path of the type. Their objects count their generation. */
  readonly defaults = new Map<string, Json>();
  readonly settings: ApiServer;

  /** Changes are made one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(fake: FakeApiServer, url: string) {
    this.fake = fake;
    this.settings = apiServer(url, () => ({ headers: {}, tls: {} }));
  }

  static async start(test: Pick<TestContext, 'after'>): Promise<WritableApiServer> {
    const fake = await FakeApiServer.start(test);
    const server = createServer(async (request, response) => {
      const { method = 'GET', url = '/' } = request;
      let body = '';
      for await (const chunk of request) body += chunk;
      if (method !== 'GET') {
        const write = () => own.#write(method, url, body === '' ? {} : (JSON.parse(body) as Json));
        const { status, object } = await own.#after(write);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(object));
        return;
      }
      own.reads.push(url);
      const cancel = new AbortController();
      response.on('close', () => cancel.abort());
      try {
        const from = await fetch(fake.url + url, { signal: cancel.signal });
        response.writeHead(from.status, { 'content-type': 'application/json' });
        response.flushHeaders();
        for await (const chunk of from.body ?? []) response.write(chunk);
        response.end();
      } catch {
        response.destroy();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = new WritableApiServer(fake, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return own;
  }

  /** Returns an object; `undefined` if it does not exist. `path` is that of the object. */
  async get(path: string): Promise<Json | undefined> {
    const response = await fetch(this.fake.url + path);
    return response.status === 200 ? ((await response.json()) as Json) : undefined;
  }

  async #write(method: string, url: string, body: Json): Promise<{ status: number; object: unknown }> {
    const [path = ''] = url.split('?');
    this.writes.push({ method, path });
    const rejection = this.rejections.get(path);
    if (rejection !== undefined) return { status: 422, object: { code: 422, message: rejection } };
    const [
      ,
      root = '',
      namespace = '',
      resource = '',
      name = (body['metadata'] as { name: string } | undefined)?.name ?? '',
    ] = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
    const within = namespace === '' ? '' : `/namespaces/${namespace}`;
    const known = await this.get(`${root}${within}/${resource}/${name}`);
    const type = `${root}/${resource}`;
    if (method === 'DELETE') {
      if (known === undefined) return { status: 404, object: { code: 404, message: 'not found' } };
      this.fake.delete(type, name, namespace);
      return { status: 200, object: {} };
    }
    if (method === 'POST' && known !== undefined)
      return { status: 409, object: { code: 409, message: 'the object already exists' } };
    const version = (body['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion;
    const knownVersion = (known?.['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion;
    if (version !== undefined && version !== knownVersion)
      return { status: 409, object: { code: 409, message: 'the object has been modified' } };
    const merged = merge(method === 'PATCH' ? known : undefined, body) as Json;
    const metadata = { ...(merged['metadata'] as object), name, ...(namespace !== '' && { namespace }) };
    const defined = this.#defined(type, merged, known);
    return { status: 200, object: this.fake.set(type, merge({ ...merged, metadata }, defined) as WrittenObject) };
  }

  /** Returns what the server itself sets of a custom resource. */
  #defined(type: string, object: Json, known: Json | undefined): Json {
    const defaults = this.defaults.get(type);
    if (defaults === undefined) return {};
    const spec = { ...defaults, ...(object['spec'] as Json) };
    const { generation = 0 } = (known?.['metadata'] ?? {}) as { readonly generation?: number };
    const isChanged = !isDeepStrictEqual(spec, known?.['spec']);
    return { metadata: { generation: isChanged ? generation + 1 : generation }, spec };
  }

  /** Sets an object, as a user does. `type` is the path of its type. */
  async set(type: string, object: WrittenObject): Promise<void> {
    await this.#after(async () => this.fake.set(type, object));
  }

  /** Sets the numbers of pods of a deployment, as its controller does. */
  async setPods(namespace: string, name: string, pods: Readonly<Record<string, number>>): Promise<void> {
    const type = pathOf(CHILD_TYPES.Deployment);
    await this.#after(async () => {
      const known = await this.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
      this.fake.set(type, { ...known, status: pods } as unknown as WrittenObject);
    });
  }

  /** Makes a change after those before it, which would overwrite it. */
  #after<T>(change: () => Promise<T>): Promise<T> {
    const made = this.#last.then(change);
    this.#last = made;
    return made;
  }
}

function merge(under: unknown, over: unknown): unknown {
  if (typeof over !== 'object' || over === null || Array.isArray(over)) return over;
  const base = typeof under === 'object' && under !== null && !Array.isArray(under) ? { ...under } : {};
  const merged = base as Record<string, unknown>;
  for (const [key, value] of Object.entries(over)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}
