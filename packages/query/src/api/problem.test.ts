import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError, StoreClosedError } from '@otelier/store';
import { problemOf } from './problem.ts';

test('a store that is closed is unavailable, which is no mistake of who asked', () => {
  assert.equal(problemOf(new StoreClosedError('the store is closed')).code, 'unavailable');
  assert.equal(problemOf(new QueryError('field: expected …')).code, 'bad_request');
});
