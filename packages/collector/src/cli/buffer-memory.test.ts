import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowHeapGrowth } from './buffer-memory.ts';

test('heaps grow only while senders wait, and never with much telemetry in flight', () => {
  const flags: Record<string, string> = {};
  let [inFlightBytes, youngBytes] = [0, 16e6];
  let check = () => {};
  const heaps = allowHeapGrowth(() => inFlightBytes, {
    every(given) {
      check = given;
      return () => {};
    },
    youngBytes: () => youngBytes,
    setFlag(flag) {
      const [name = '', value = ''] = flag.split('=');
      flags[name] = value;
    },
  });
  const growth = () => [flags['--heap-growing-percent'], flags['--semi-space-growth-factor']];
  assert.deepEqual(growth(), ['0', '1']);
  inFlightBytes = 1;
  check();
  assert.deepEqual(growth(), ['400', '2']);
  inFlightBytes = 0;
  for (let count = 0; count < 7; count++) check();
  assert.deepEqual(growth(), ['400', '2'], 'pauses between requests');
  check();
  assert.deepEqual(growth(), ['0', '1'], 'two seconds without requests');
  assert.ok(heaps.isQuiet());
  youngBytes = 1e6;
  check();
  assert.deepEqual(growth(), ['0', '2'], 'a small young generation');
  inFlightBytes = 100e6;
  check();
  assert.deepEqual(growth(), ['0', '2'], 'much telemetry in flight');
  assert.ok(!heaps.isQuiet());
  heaps.stop();
});
