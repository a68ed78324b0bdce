import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { DocumentFiles } from '../documents/document-files.ts';
import { workbench } from './workbench.ts';

const LOCAL = { endpoint: '127.0.0.1:0' };

extensionContract(workbench, { config: LOCAL });

async function withBench(
  config: Record<string, unknown>,
  run: (url: string, bench: ComponentBench) => Promise<void>,
): Promise<void> {
  const bench = await createComponentBench(workbench, { config, signals: ['traces', 'logs'] });
  try {
    await bench.start();
    const [endpoint] = bench.service.host.endpoints();
    assert.ok(endpoint);
    await run(`http://127.0.0.1:${endpoint.address.split(':').at(-1)}`, bench);
  } finally {
    await bench.close();
  }
}

const json = async (url: string, init?: RequestInit) =>
  (await fetch(url, init)).json() as Promise<Record<string, never>>;

test('serves the API from the store of the service', () =>
  withBench(LOCAL, async (url, bench) => {
    const store = createMemoryStore();
    const withdraw = bench.service.host.offerStore('store', store);
    await store.append(sampleBatch('traces', 3));
    const range = 'start=1699999000000&end=1700001000000';
    assert.partialDeepStrictEqual(await json(`${url}/api/v1/services?${range}`), {
      services: [{ service: 'shop', spans: 3 }],
    });
    assert.partialDeepStrictEqual(await json(`${url}/api/v1/status`), {
      accepting: true,
      store: { rows: { traces: 3 } },
      // Only endpoints that receive telemetry.
      endpoints: [],
    });
    withdraw();
    assert.equal((await json(`${url}/api/v1/status`))['store'], undefined);
    assert.equal((await fetch(`${url}/api/v1/services?${range}`)).status, 503);
  }));

test('saves what the page keeps beside the store, and refuses what contradicts, exceeds or comes from elsewhere', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-workbench-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await withBench(LOCAL, async (url, bench) => {
    const files = new DocumentFiles({ directory, nowMillis: () => 7, onDamage: assert.fail });
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      const response = await fetch(`${url}/api/v1/documents/${path}`, { ...init, body: JSON.stringify(body) });
      return { status: response.status, body: (await response.json()) as { error?: { message: string } } };
    };
    const board = { kind: 'board', id: 'a-1', name: 'A', content: { panes: [null, 1.5, 'x'] }, revision: 0 };
    assert.deepEqual(await json(`${url}/api/v1/documents`), { documents: [] }, 'there is no store');
    assert.equal((await post('save', board)).status, 503);
    bench.service.host.offerStore('store', createMemoryStore(), files);
    assert.deepEqual((await post('save', board)).body, {
      kind: 'board',
      id: 'a-1',
      name: 'A',
      revision: 1,
      updatedMillis: 7,
    });
    assert.partialDeepStrictEqual(await json(`${url}/api/v1/documents?kind=board`), {
      documents: [{ id: 'a-1', revision: 1 }],
    });
    assert.deepEqual((await json(`${url}/api/v1/documents/board/a-1`))['content'], board.content);
    assert.equal((await fetch(`${url}/api/v1/documents/board/none`)).status, 404);
    for (const [change, status, message] of [
      [{}, 409, /^revision: expected 1, which has been saved since, got 0$/],
      [{ id: '../../store' }, 400, /^id: expected up to 64 lowercase letters/],
      [{ id: '__proto__' }, 400, /^id: /],
      [{ kind: 'alert' }, 400, /^kind: expected board or query or search or triage, got "alert"$/],
      [{ name: '' }, 400, /^name: expected a name/],
      [{ revision: -1 }, 400, /^revision: expected 0/],
      [{ id: 'large', content: 'x'.repeat(210_000) }, 422, /expected at most 200000 bytes/],
      [{ id: 'larger', content: 'x'.repeat(300_000) }, 413, /expected at most/],
      [{ extra: 1 }, 400, /^extra: unknown parameter/],
    ] as const) {
      const refused = await post('save', { ...board, ...change });
      assert.equal(refused.status, status, JSON.stringify(change).slice(0, 100));
      assert.match(refused.body.error?.message ?? '', message);
    }
    const foreign = { origin: 'https://evil.example' };
    assert.equal((await post('remove', board, foreign)).status, 403);
    assert.equal(
      (await post('remove', { kind: 'board', id: 'a-1', revision: 1 }, { 'content-type': 'text/plain' })).status,
      415,
    );
    assert.deepEqual((await post('remove', { kind: 'board', id: 'a-1', revision: 1 })).body, { removed: true });
    assert.deepEqual((await json(`${url}/api/v1/documents`))['documents'], []);
  });
});

test('logs why an export ended early', () =>
  withBench(LOCAL, async (url, bench) => {
    const store = {
      ...createMemoryStore(),
      async *export() {
        yield new Uint8Array();
        throw new Error('the query exceeds its memory limit');
      },
    };
    bench.service.host.offerStore('store', store);
    const response = await fetch(`${url}/api/v1/export`);
    await assert.rejects(response.text());
    const lines = bench.logs.filter(({ msg }) => msg === 'response ended early');
    assert.equal(lines.length, 1);
    const [path, reason] = ['/api/v1/export', 'the query exceeds its memory limit'];
    assert.partialDeepStrictEqual(lines[0], { path, client: '127.0.0.1', reason });
  }));

test('serves the running pipeline', () =>
  withBench(LOCAL, async (url, bench) => {
    await bench.send(sampleBatch('traces', 2));
    const { nodes, edges } = (await json(`${url}/api/v1/pipeline`)) as unknown as {
      nodes: { id: string }[];
      edges: { signal: string; items: number }[];
    };
    assert.ok(nodes.some(({ id }) => id === 'exporter:traces:exit'));
    assert.equal(edges.find(({ signal }) => signal === 'traces')?.items, 2);
  }));

test('serves the page, or explains how to build it', () =>
  withBench(LOCAL, async (url) => {
    const response = await fetch(url);
    const built = existsSync(
      fileURLToPath(import.meta.resolve('@otelier/dashboard/package.json')).replace('package.json', 'dist/index.html'),
    );
    assert.equal(response.status, built ? 200 : 503);
    assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await response.text(), built ? /<script/ : /To build it, run/);
  }));

test('reports health as 200 while telemetry is accepted and as 503 while draining', () =>
  withBench(LOCAL, async (url, bench) => {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    await bench.service.drain();
    assert.equal((await fetch(`${url}/healthz`)).status, 503);
  }));

test('refuses to listen on public addresses without a token, unless configured to', async () => {
  const exposed = { endpoint: '0.0.0.0:0' };
  await assert.rejects(
    createComponentBench(workbench, { config: exposed }),
    /extensions\.tested\.endpoint: expected a token or a loopback address .*, got "0\.0\.0\.0:0" without a token/,
  );
  await withBench({ ...exposed, allow_unauthenticated: true }, async (url) => {
    assert.equal((await fetch(`${url}/api/v1/pipeline`)).status, 200);
  });
  await withBench({ ...exposed, token: 'a-long-enough-token' }, async (url) => {
    assert.equal((await fetch(`${url}/api/v1/pipeline`)).status, 401);
    const headers = { authorization: 'Bearer a-long-enough-token' };
    assert.equal((await fetch(`${url}/api/v1/pipeline`, { headers })).status, 200);
  });
});

test('rejects a short token without printing it', async () => {
  await assert.rejects(createComponentBench(workbench, { config: { ...LOCAL, token: 'hunter2' } }), (error: Error) => {
    assert.match(error.message, /extensions\.tested\.token/);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
});

test('fails to start on a port in use, and names it', () =>
  withBench(LOCAL, async (url) => {
    const endpoint = url.replace('http://', '');
    const bench = await createComponentBench(workbench, { config: { endpoint } });
    await assert.rejects(bench.start(), { message: new RegExp(`^extension tested: ${endpoint} is in use by another`) });
  }));
