import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { createHttpClient } from '@otelier/transport/http-client';
import { formatConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { registry } from '../registry.generated.ts';
import { createLogger } from '../service/logging.ts';
import { createService } from '../service/service.ts';

const EDIT_TOKEN = 'token-for-edits-1234';

/** The response of a gateway. */
export interface GatewayResponse {
  readonly status: number;
  readonly text: string;
}

/** A gateway with a receiver, a store and a workbench. */
export interface Gateway {
  /** The directory of the store, and in it `identity`. */
  readonly directory: string;
  readonly url: string;
  /** Sends three log records as a tenant, which a proxy names. */
  send(tenant: string): Promise<Outcome>;
  /** Sends log records with headers. */
  sendWith(headers: Readonly<Record<string, string>>, itemCount?: number): Promise<Outcome>;
  get(path: string, tenant?: string): Promise<GatewayResponse>;
  post(path: string, body: object, tenant: string): Promise<GatewayResponse>;
  /** Makes a request, a POST if it has a body. */
  request(path: string, headers: Readonly<Record<string, string>>, body?: object): Promise<GatewayResponse>;
}

/** Parts of the configuration that replace those of the gateway. */
export interface GatewayParts {
  readonly processors?: object;
  readonly pipelines?: object;
}

/** Starts a gateway. Without `tenants`, the extension `identity` defines tenants and identifies all callers. */
export async function startGateway(t: TestContext, tenants?: object, parts: GatewayParts = {}): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-view-'));
  const auth = tenants === undefined ? { auth: { authenticator: 'identity' } } : {};
  const workbench = { endpoint: '127.0.0.1:0', ...(tenants === undefined ? auth : { edit_token: EDIT_TOKEN }) };
  const text = JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0', ...auth } } } },
    processors: parts.processors,
    exporters: { store: { directory, retention: 0 } },
    extensions: { workbench, ...(tenants === undefined && { identity: { directory: join(directory, 'identity') } }) },
    service: {
      extensions: tenants === undefined ? ['identity', 'workbench'] : ['workbench'],
      pipelines: parts.pipelines ?? { logs: { receivers: ['otlp'], exporters: ['store'] } },
      tenants,
    },
  });
  const loaded = await loadConfig({ sources: [{ name: 'c.yaml', text }], environment: {}, registry });
  assert.ok(loaded.ok, loaded.errors.map(formatConfigError).join('\n'));
  const logger = createLogger({ level: 'error', encoding: 'json' }, { write: (line) => assert.fail(line) });
  const service = createService({ config: loaded.config, logger });
  t.after(async () => {
    await service.shutdown();
    await rm(directory, { recursive: true, force: true });
  });
  await service.start();
  const addressOf = (component: string) =>
    service.host.endpoints().find((endpoint) => endpoint.component === component)?.address ?? '';
  const url = `http://${addressOf('workbench')}`;
  const request: Gateway['request'] = async (path, headers, body) => {
    const json = body && { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, {
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...json,
    });
    return { status: response.status, text: await response.text() };
  };
  const sendWith: Gateway['sendWith'] = async (headers, itemCount = 3) => {
    const client = createHttpClient({ endpoint: `http://${addressOf('otlp')}` });
    const { signal, parts } = sampleBatch('logs', itemCount);
    const outcome = await client.export(signal, parts, { headers });
    await client.shutdown();
    return outcome;
  };
  return {
    ...{ directory, url, request, sendWith },
    send: (tenant) => sendWith({ 'x-scope-orgid': tenant }),
    get: (path, tenant) => request(path, tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    post: (path, body, tenant) =>
      request(path, { 'x-scope-orgid': tenant, authorization: `Bearer ${EDIT_TOKEN}` }, body),
  };
}
