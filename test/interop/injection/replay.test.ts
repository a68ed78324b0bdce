import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inject, normalized, type Result, readShapes } from './injection.ts';

/** What the OpenTelemetry operator has made of the shapes, recorded by `npm run interop -- --only injection`. */
const RECORDED = join(import.meta.dirname, 'recorded.json');

test('pods are instrumented as the OpenTelemetry operator does, or differ for a listed reason', async () => {
  const shapes = await readShapes();
  const recorded = JSON.parse(await readFile(RECORDED, 'utf8')) as readonly Result[];
  assert.deepEqual(
    recorded.map(({ name }) => name),
    shapes.map(({ name }) => name),
  );
  for (const [i, shape] of shapes.entries()) {
    const { pod, warnings } = await inject(shape);
    // Nothing is injected where the other operator reports an error.
    const expected = normalized(recorded[i]?.pod ?? shape.pod);
    if (shape.difference !== undefined) assert.notDeepEqual(normalized(pod), expected, shape.name);
    else assert.deepEqual(normalized(pod), expected, shape.name);
    if (recorded[i]?.error !== undefined && shape.difference === undefined)
      assert.equal(warnings.length, 1, shape.name);
    // Once more, nothing changes.
    assert.deepEqual((await inject({ ...shape, pod })).pod, pod, shape.name);
  }
});
