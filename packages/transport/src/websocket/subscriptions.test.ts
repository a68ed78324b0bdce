import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCuttingProxy } from '@otelier/testkit/cutting-proxy';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import type { ExportServer } from '../contract.ts';
import { createWebSocketClient, type WebSocketClient } from './client.ts';
import { createWebSocketServer } from './server.ts';
import type { OpenSubscription, SubscriptionListener } from './server-subscriptions.ts';

/** A source of telemetry: the open subscriptions by condition. */
class Source {
  readonly listeners = new Map<string, SubscriptionListener>();

  readonly open: OpenSubscription = ({ condition }, listener) => {
    if (condition === 'nonsense') return { kind: 'refused', reason: 'condition: expected one, got nonsense' };
    this.listeners.set(condition, listener);
    return { kind: 'open', end: () => this.listeners.delete(condition) };
  };
}

async function withSource(
  run: (source: Source, client: WebSocketClient, server: ExportServer, cut: () => void) => Promise<void>,
): Promise<void> {
  const source = new Source();
  const options = { endpoint: '127.0.0.1:0', openSubscription: source.open };
  const server = await createWebSocketServer(options, createRecordingHandler());
  const proxy = await createCuttingProxy({ target: server.address, random: () => 0 });
  const client = createWebSocketClient({ endpoint: `ws://${proxy.address}`, initialIntervalMillis: 5 });
  try {
    await run(source, client, server, () => proxy.cutOne());
  } finally {
    await client.shutdown();
    await proxy.close();
    await server.shutdown(0);
  }
}

const bytes = (text: string) => [Buffer.from(text.slice(0, 2)), Buffer.from(text.slice(2))];

describe('subscriptions over WebSocket', () => {
  test('deliver passing telemetry until they end, also after reconnects', () =>
    withSource(async (source, client, _server, cut) => {
      const seen: string[] = [];
      const onData = (request: Uint8Array) => seen.push(Buffer.from(request).toString());
      const end = client.subscribe({ signal: 'traces', condition: 'a', onData });
      await until(() => source.listeners.has('a'));
      source.listeners.get('a')?.(bytes('first'), 1);
      await until(() => seen.length === 1);
      const previous = source.listeners.get('a');
      cut();
      await until(() => source.listeners.has('a') && source.listeners.get('a') !== previous);
      source.listeners.get('a')?.(bytes('second'), 1);
      await until(() => seen.length === 2);
      assert.deepEqual(seen, ['first', 'second']);
      end();
      await until(() => source.listeners.size === 0);
    }));

  test('are rejected with a reason, which ends them', () =>
    withSource(async (source, client) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      client.subscribe({ signal: 'logs', condition: 'nonsense', onData: () => {}, onRefused: resolve });
      assert.equal(await promise, 'condition: expected one, got nonsense');
      assert.equal(source.listeners.size, 0);
    }));

  test('are rejected without a handler, and limited in number', async () => {
    const server = await createWebSocketServer({ endpoint: '127.0.0.1:0' }, createRecordingHandler());
    const client = createWebSocketClient({ endpoint: `ws://${server.address}` });
    const { promise, resolve } = Promise.withResolvers<string>();
    client.subscribe({ signal: 'logs', onData: () => {}, onRefused: resolve });
    assert.equal(await promise, 'this server does not offer subscriptions');
    await client.shutdown();
    await server.shutdown();
    await withSource(async (source, greedy) => {
      const rejections: string[] = [];
      for (let count = 0; count < 20; count++) {
        greedy.subscribe({
          signal: 'logs',
          condition: `${count}`,
          onData: () => {},
          onRefused: (words) => rejections.push(words),
        });
      }
      await until(() => rejections.length === 4);
      assert.equal(source.listeners.size, 16);
      assert.match(rejections[0] ?? '', /at most 16 subscriptions/);
    });
  });

  test('skip telemetry for a slow client and report how much', () =>
    withSource(async (source, client) => {
      const skips: number[] = [];
      let arrived = 0;
      client.subscribe({
        signal: 'traces',
        onData: (_request, skippedItems) => {
          arrived++;
          skips.push(skippedItems);
        },
      });
      await until(() => source.listeners.size === 1);
      const [send] = source.listeners.values();
      const large = [new Uint8Array(1024 * 1024)];
      // Nothing is written while this runs, as if the client were not reading.
      for (let count = 0; count < 40; count++) send?.(large, 10);
      await until(() => arrived > 0);
      let last = arrived;
      while (!skips.some((items) => items > 0)) {
        send?.([new Uint8Array(1)], 1);
        await until(() => arrived > last || skips.some((items) => items > 0));
        last = arrived;
      }
      const skipped = skips.reduce((a, b) => a + b);
      assert.ok(skipped >= 300, `expected most to be left out, got ${skipped} of 400 items`);
      assert.ok(arrived < 10 + 400 - skipped / 10, 'what was left out does not come');
    }));
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
