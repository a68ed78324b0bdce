import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError, StoreClosedError } from '@otelier/store/contract';
import { problemOf } from './problem.ts';

test('reports a closed store as unavailable, not as a bad request', () => {
  assert.equal(problemOf(new StoreClosedError('the store is closed')).code, 'unavailable');
  assert.equal(problemOf(new QueryError('field: expected …')).code, 'bad_request');
});
