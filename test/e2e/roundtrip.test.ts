import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { arbitraryRequest, encodeRequest, everyFieldRequest, type RequestJson } from '@otelier/testkit';
import fc from 'fast-check';
import { type Gateway, runOtelier, startGateway } from './gateway.ts';
import { assertSame, canonicalItems, parseLines } from './items.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
type Signal = (typeof SIGNALS)[number];
const SEED = 20_261_124;
const IN_FLIGHT = 8;
/** Times of generated telemetry lie anywhere, so nothing may be removed for its age. Files are made while the test runs. */
const SETTINGS = ['exporters.store.retention=0s', 'exporters.store.rows_per_file=1000'];

describe('generated requests, sent over OTLP/HTTP and exported again', async () => {
  const gateway = await startGateway({ after }, { set: SETTINGS });
  const expected = new Map<Signal, readonly string[]>();

  for (const signal of SIGNALS) {
    test(`${signal}: come back equal while it runs`, async () => {
      const requests = requestsOf(signal);
      const waiting = requests.map((request) => encodeRequest(signal, request));
      const sender = async (): Promise<void> => {
        for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await send(gateway, signal, body);
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
      expected.set(signal, canonicalItems(requests));
      assertSame(await exported('--signal', signal, '--url', gateway.url), expected.get(signal) ?? [], signal);
    });
  }

  test('all come back equal from its folder when it has ended', async () => {
    const { rows, pending } = await storedRows(gateway);
    assert.ok(rows > 1000 && pending > 0, `expected rows in files and rows in the journal, got ${rows} and ${pending}`);
    assert.equal(rows + pending, [...expected.values()].flat().length);
    assert.equal(await gateway.stop(), 0, gateway.output());
    for (const signal of SIGNALS) {
      const items = await exported('--signal', signal, '--data', gateway.directory);
      assertSame(items, expected.get(signal) ?? [], signal);
    }
  });
});

/** Requests that use every field, and requests of any content. */
function requestsOf<S extends Signal>(signal: S): readonly RequestJson[S][] {
  return [
    ...Array.from({ length: 20 }, (_, seed) => everyFieldRequest(signal, seed + 1)),
    ...fc.sample<RequestJson[S]>(arbitraryRequest(signal), { numRuns: 200, seed: SEED }),
  ];
}

async function exported(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runOtelier('export', ...words);
  assert.equal(code, 0, stderr);
  return canonicalItems(parseLines(stdout));
}

async function storedRows(gateway: Gateway): Promise<{ readonly rows: number; readonly pending: number }> {
  const { store } = await gateway.api.get('/status');
  assert.ok(store !== undefined);
  const rows = Object.values(store.rows).reduce((sum, count) => sum + count, 0);
  return { rows: rows - store.pendingRows, pending: store.pendingRows };
}

async function send(gateway: Gateway, signal: Signal, body: Uint8Array): Promise<void> {
  const response = await fetch(`${gateway.http}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: Buffer.from(body),
  });
  const answer = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, answer.toString('utf8'));
  assert.equal(answer.length, 0, 'an answer of full success is empty');
}
