import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { StatementFailure } from '../duck/failures.ts';
import { Layouts } from '../lookup/layouts.ts';
import { picks, RandomTelemetry } from '../random-telemetry.testing.ts';
import { Files } from '../shared/files.ts';
import { WrittenFiles } from '../written.testing.ts';
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
  const run = (request: ScanRequest, signal = new AbortController().signal) => scan(new Layouts(), request, signal);

  test('stops when the query is canceled and at its time limit', async () => {
    const isOf = (kind: string) => (error: unknown) => error instanceof StatementFailure && error.failure === kind;
    await assert.rejects(run(requestOf(), AbortSignal.abort()), isOf('cancelled'));
    await assert.rejects(run(requestOf(-1)), isOf('timeout'));
  });

  test('leaves to the engine what it cannot read or compare', async () => {
    const [source] = requestOf().sources;
    assert.ok(source);
    assert.equal(await run({ ...requestOf(), sources: [{ ...source, path: `${source.path}.gone` }] }), undefined);
    const conditions = [{ field: 'name', op: '~', value: '.' }] as const;
    assert.equal(await run({ ...requestOf(), conditions }), undefined);
  });

  test('returns no other result if any byte of the file is damaged', async () => {
    const expected = await run(requestOf());
    const [source] = requestOf().sources;
    assert.ok(expected?.kind === 'newest' && expected.newest.traces.length > 10 && source);
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
      if (found === undefined) rejected += 1;
      else assert.deepEqual(found, expected, `byte ${at}`);
    }
    assert.ok(rejected > 0);
  });
});
