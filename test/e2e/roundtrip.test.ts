import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { arbitraryRequest } from '@otelier/testkit/otlp/arbitrary-request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { encodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import fc from 'fast-check';
import { type Gateway, runOtelier, startGateway } from './gateway.ts';
import { assertSame, canonicalItems, parseLines } from './items.ts';
import { sendBytes } from './send.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;
type Signal = (typeof SIGNALS)[number];
const SEED = 20_261_124;
const IN_FLIGHT = 8;
/** Disables retention, because generated telemetry has arbitrary times. */
const RETENTION = 'exporters.store.retention=0s';
const SOON_IN_FILES = 'exporters.store.max_file_age=100ms';

describe('generated requests sent over OTLP/HTTP and exported again', async () => {
  const gateway = await startGateway({ after }, { set: [RETENTION] });
  const expected = new Map<Signal, readonly string[]>();

  for (const signal of SIGNALS) {
    test(`${signal}: are exported unchanged while the gateway runs`, async () => {
      const requests = requestsOf(signal);
      const waiting = requests.map((request) => encodeRequest(signal, request));
      const sender = async (): Promise<void> => {
        for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) await sendBytes(gateway, signal, body);
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
      expected.set(signal, canonicalItems(requests));
      assertSame(await exported('--signal', signal, '--url', gateway.url), expected.get(signal) ?? [], signal);
    });
  }

  test('are exported unchanged from files, after a restart and from a stopped process', async (t) => {
    const count = [...expected.values()].flat().length;
    assert.deepEqual(await storedRows(gateway), { inFiles: 0, pending: count });
    assert.equal(await gateway.stop(), 0, gateway.output());
    const again = await startGateway(t, { directory: gateway.directory, set: [RETENTION, SOON_IN_FILES] });
    let rows = await storedRows(again);
    for (; rows.pending > 0; rows = await storedRows(again)) await sleep(50);
    assert.deepEqual(rows, { inFiles: count, pending: 0 });
    assert.equal(await again.stop(), 0, again.output());
    for (const signal of SIGNALS) {
      const items = await exported('--signal', signal, '--data', gateway.directory);
      assertSame(items, expected.get(signal) ?? [], signal);
    }
  });
});

/** Returns requests that use every field, and requests with arbitrary content. */
function requestsOf<S extends Signal>(signal: S): readonly RequestJson[S][] {
  return [
    ...Array.from({ length: 8 }, (_, seed) => everyFieldRequest(signal, seed + 1)),
    ...fc.sample<RequestJson[S]>(arbitraryRequest(signal), { numRuns: 200, seed: SEED }),
  ];
}

async function exported(...args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runOtelier('export', ...args);
  assert.equal(code, 0, stderr);
  return canonicalItems(parseLines(stdout));
}

async function storedRows({ api }: Gateway): Promise<{ readonly inFiles: number; readonly pending: number }> {
  const { store } = await api.get('/status');
  assert.ok(store !== undefined);
  const rows = Object.values(store.rows).reduce((sum, count) => sum + count, 0);
  return { inFiles: rows - store.pendingRows, pending: store.pendingRows };
}
