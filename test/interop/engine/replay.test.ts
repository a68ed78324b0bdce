import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { statsReadings } from '../../../packages/collector/src/receivers/docker_stats/stats.ts';
import { parseDocument } from '../../../packages/collector/src/receivers/scraping/json-paths.ts';

const recorded = (name: string) => readFileSync(join(import.meta.dirname, 'recorded', name), 'utf8');

test('docker_stats leaves out the time in user mode that Podman reports below 0', () => {
  const readings = statsReadings(parseDocument(recorded('stats-at-start.json'), 'stats'));
  const cpu = Object.fromEntries(readings.map(({ metric, value }) => [metric, value]));
  assert.equal(cpu['container.cpu.usage.total'], 3_899_826n);
  assert.equal(cpu['container.cpu.usage.kernelmode'], 7_974_510n);
  assert.equal('container.cpu.usage.usermode' in cpu, false);
});
