import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dockerStats } from '../../../packages/collector/src/receivers/docker_stats.ts';
import { readOnce } from '../../../packages/collector/src/receivers/scraping/scraping.testing.ts';
import { CONTAINERS } from './containers.ts';
import { startFakeDaemon } from './daemon.ts';
import { comparable, dockerConfig, OUTCOMES } from './outcomes.ts';

test('docker_stats reads the points of the Collector', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'docker-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const daemon = await startFakeDaemon(join(directory, 'docker.sock'), CONTAINERS);
  t.after(() => daemon.close());
  const lines = await readOnce(t, dockerStats, dockerConfig(daemon.url));
  assert.deepEqual(comparable(lines), JSON.parse(readFileSync(OUTCOMES, 'utf8')));
});
