import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { StatementFailure } from '../duck/failures.ts';
import { Layouts } from '../lookup/layouts.ts';
import { picks, RandomTelemetry } from '../random-telemetry.testing.ts';
import { Files } from '../shared/files.ts';
import { WrittenFiles } from '../written.testing.ts';
import { FileParts } from './file-parts.ts';
import type { ScanRequest } from './protocol.ts';
import { scan } from './scan.ts';
import { sourcesOf } from './sources.ts';

const START = 1_790_000_000_000_000_000n;
const RANGE = { start: START, end: START + 3_600_000_000_000n };
const CONDITIONS = [
  { field: 'attributes.http.route', op: '=', value: '/cart' },
  { field: 'duration', op: '>', value: 1000 },
] as const;

describe('a scan', () => {
  const written = new WrittenFiles(mkdtempSync(join(tmpdir(), 'otelier-scan-')));
  let files: Files;
  before(async () => {
    const telemetry = new RandomTelemetry(picks(9), START);
    for (let i = 0; i < 10; i++) written.append(telemetry.traces(40));
    written.cut();
    files = new Files((await written.snapshot('default', 'traces')).files);
  });
  after(() => written.remove());

  const requestOf = (timeoutMillis = 60_000): ScanRequest => ({
    ...{ kind: 'newest', sources: sourcesOf(files, CONDITIONS), ranges: [RANGE], conditions: CONDITIONS },
    ...{ enough: Number.POSITIVE_INFINITY, limit: 1000, times: [], timeoutMillis },
  });
  const run = (request: ScanRequest, signal = new AbortController().signal) =>
    scan({ layouts: new Layouts(), parts: new FileParts() }, request, signal);

  test('stops when the query is canceled and at its time limit', async () => {
    const isOf = (kind: string) => (error: unknown) => error instanceof StatementFailure && error.failure === kind;
    await assert.rejects(run(requestOf(), AbortSignal.abort()), isOf('cancelled'));
    await assert.rejects(run(requestOf(-1)), isOf('timeout'));
  });

  test('leaves to the engine what it cannot read or compare', async () => {
    const [source] = requestOf().sources;
    assert.ok(source);
    assert.equal(await run({ ...requestOf(), sources: [{ ...source, path: `${source.path}.gone` }] }), 'unreadable');
    const conditions = [{ field: 'name', op: '~', value: '.' }] as const;
    assert.equal(await run({ ...requestOf(), conditions }), undefined);
  });

  test('finds the spans of a trace by texts, and by keys of attributes', async () => {
    const find = async (text: string, traceId: string) => {
      const query = { conditions: [], ranges: [RANGE], traceId, text, timeoutMillis: 60_000, maxBytes: 1e6 };
      const found = await run({ kind: 'spans', sources: sourcesOf(files, []), ...query });
      assert.ok(found !== undefined && found !== 'unreadable' && found.kind === 'spans');
      return found.spanIds;
    };
    const newest = await run({ ...requestOf(), conditions: [] } as ScanRequest);
    assert.ok(newest !== undefined && newest !== 'unreadable' && newest.kind === 'newest');
    const counts = { route: 0, unknown: 0 };
    for (const { traceId } of newest.newest.traces.slice(0, 20)) {
      counts.route += (await find('HTTP.Route', traceId)).length;
      counts.unknown += (await find('no such text', traceId)).length;
    }
    assert.ok(counts.route > 0);
    assert.equal(counts.unknown, 0);
  });

  test('reads a file once for queries with the same steps, also for a later range', async () => {
    const caches = { layouts: new Layouts(), parts: new FileParts() };
    const hour = { ...RANGE, steps: 60 };
    const [source] = sourcesOf(files, CONDITIONS);
    assert.ok(source);
    const path = `${source.path}.renamed`;
    writeFileSync(path, readFileSync(source.path));
    const ask = async (kind: 'requests' | 'errors', by: bigint, steps = hour.steps) => {
      const range = { start: hour.start + by, end: hour.end + by, steps };
      const conditions = kind === 'errors' ? [] : CONDITIONS;
      const query = { ranges: [range], range, conditions, timeoutMillis: 60_000, sources: [{ ...source, path }] };
      const { signal } = new AbortController();
      const request = kind === 'errors' ? { kind, ...query } : ({ kind, by: 'none', rootOnly: [], ...query } as const);
      const found = await scan(caches, request as ScanRequest, signal);
      return found === 'unreadable' ? undefined : found;
    };
    const minute = 60_000_000_000n;
    const counted = [await ask('requests', -minute), await ask('errors', -minute)];
    assert.ok(counted[0]?.kind === 'requests' && counted[0].requests.stats.length > 0);
    assert.ok(counted[1]?.kind === 'errors' && counted[1].errors.length > 0);
    rmSync(path);
    assert.deepEqual([await ask('requests', -minute), await ask('errors', -minute)], counted);
    assert.deepEqual([await ask('requests', 0n, 7), await ask('errors', 0n, 7)], [undefined, undefined]);
    const [requests, errors] = [await ask('requests', -2n * minute), await ask('errors', -2n * minute)];
    assert.ok(requests?.kind === 'requests' && errors?.kind === 'errors');
    // In a range that starts a minute earlier, every step is later by one.
    assert.deepEqual(
      errors.errors.map(({ steps }) => [...steps.keys()].map((step) => step - 1)),
      counted[1].errors.map(({ steps }) => [...steps.keys()]),
    );
    const stepOf = (stats: Float64Array) => stats.filter((_, i) => i % 8 === 1);
    assert.deepEqual(
      stepOf(requests.requests.stats).map((step) => step - 1),
      stepOf(counted[0].requests.stats),
    );
  });

  test('returns no other result if any byte of the file is damaged', async () => {
    const expected = await run(requestOf());
    const [source] = requestOf().sources;
    assert.ok(expected !== 'unreadable' && expected?.kind === 'newest' && expected.newest.traces.length > 10 && source);
    const whole = readFileSync(source.path);
    const path = `${source.path}.damaged`;
    const pick = picks(10);
    let rejected = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(whole);
      const at = pick(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
      writeFileSync(path, bytes);
      const found = await run({ ...requestOf(), sources: [{ ...source, path }] });
      if (found === 'unreadable') rejected += 1;
      else assert.deepEqual(found, expected, `byte ${at}`);
    }
    assert.ok(rejected > 0);
  });
});
