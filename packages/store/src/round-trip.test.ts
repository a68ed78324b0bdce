import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { batchOf, decodeRequest, type RequestJson } from '@otelier/testkit/request-codec';
import { openStore } from './open.ts';

const SIGNALS = ['traces', 'logs', 'metrics'] as const;

/** Returns the top-level list of a request for any signal. */
function resourcesOf(request: RequestJson[(typeof SIGNALS)[number]]): readonly unknown[] {
  return Object.values(request).flat();
}

test('exports requests with every field unchanged, from files and from memory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-round-trip-'));
  // The generated timestamps fall on a fixed day.
  const store = await openStore({ directory, retentionMillis: Number.MAX_SAFE_INTEGER });
  try {
    for (const signal of SIGNALS) {
      const requests = Array.from({ length: 12 }, (_, seed) => everyFieldRequest(signal, seed + 1));
      const stored: unknown[] = [];
      for (const [i, request] of requests.entries()) {
        if (i === 6) await store.flush();
        assert.equal((await store.append(batchOf(signal, request, { arrivalMillis: Date.now() }))).kind, 'accepted');
      }
      for await (const bytes of store.export({ tenant: 'default', signal })) {
        stored.push(...resourcesOf(decodeRequest(signal, bytes)));
      }
      assertSame(stored, requests.flatMap(resourcesOf), signal);
    }
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
});

/** Compares two lists without `assert.deepEqual`, whose diff of two large requests would take gigabytes. */
function assertSame(actual: readonly unknown[], expected: readonly unknown[], signal: string): void {
  assert.equal(actual.length, expected.length, signal);
  const different = expected.findIndex((resource, index) => !isDeepStrictEqual(actual[index], resource));
  const [is, wanted] = [actual[different], expected[different]].map((value) => JSON.stringify(value, plain) ?? '');
  const at = [...(wanted ?? '')].findIndex((character, index) => character !== is?.[index]);
  assert.ok(
    different < 0,
    `${signal}: resource ${different} differs at …${wanted?.slice(at - 200, at + 100)}… got …${is?.slice(at - 200, at + 100)}…`,
  );
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}
