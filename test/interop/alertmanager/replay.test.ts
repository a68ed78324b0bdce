import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { disagreements } from './agree.ts';
import type { Observed } from './observe.ts';

test('routes, inhibits, silences, groups and renders as Alertmanager 0.34 does (recorded)', async () => {
  const observed = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.jsonl'), 'utf8')) as Observed;
  const { compared, mismatches } = await disagreements(observed);
  assert.ok(compared > 400);
  assert.deepEqual(mismatches, []);
});
