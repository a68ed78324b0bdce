import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillStore, otelier, withTempDirectory } from './otelier.testing.ts';

const requests = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('export writes a directory as OTLP/JSON lines, completely or for a time range', () =>
  withTempDirectory(async (data) => {
    await fillStore(data);
    for (const [signal, list] of [
      ['traces', 'resourceSpans'],
      ['metrics', 'resourceMetrics'],
      ['logs', 'resourceLogs'],
    ]) {
      const { code, stdout } = await otelier(['export', '--signal', signal ?? '', '--data', data]);
      assert.equal(code, 0);
      assert.deepEqual(requests(stdout).map(Object.keys), [[list]]);
    }
    const inRange = ['--since', '2023-11-14T22:13:19Z', '--until', '2023-11-14T22:13:21Z'];
    const { stdout } = await otelier(['export', '--signal', 'traces', '--data', data, ...inRange]);
    assert.equal(requests(stdout)[0].resourceSpans[0].scopeSpans[0].spans.length, 3);
    const recent = await otelier(['export', '--signal', 'traces', '--data', data, '--since', '2h']);
    assert.deepEqual([recent.code, recent.stdout], [0, '']);
  }));
