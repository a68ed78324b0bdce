import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Availability } from './availability.ts';

test('a removed directory replaces the reasons that follow from it, whichever is set first', () => {
  const reasons: (string | undefined)[] = [];
  const availability = new Availability((health) => reasons.push(health.kind === 'ok' ? undefined : health.reason));
  availability.set('journal', 'the journal cannot be read');
  availability.set('directory', 'the directory is gone');
  availability.set('files', 'a file cannot be read');
  assert.equal(availability.rejection, 'the directory is gone');
  assert.deepEqual(availability.health, { kind: 'failing', reason: 'the directory is gone' });
  availability.set('journal', undefined);
  availability.set('files', undefined);
  availability.set('directory', undefined);
  assert.deepEqual(reasons, ['the journal cannot be read', 'the directory is gone', undefined]);
});
