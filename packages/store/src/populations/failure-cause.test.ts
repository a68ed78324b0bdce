import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FailedSpanOfTrace, failureCause, MAX_FAILED_SPANS } from './failure-cause.ts';

interface Span {
  readonly id: string;
  readonly parent?: string;
  readonly service: string;
  readonly from: number;
  readonly to: number;
  readonly type?: string;
  readonly message?: string;
}

function spans(...list: readonly Span[]): FailedSpanOfTrace[] {
  return list.map(({ id, parent = '', service, from, to, type = '', message = '' }) => ({
    ...{ spanId: id, parentSpanId: parent, service, start: BigInt(from), durationNanos: BigInt(to - from) },
    exception: () => ({ type, message }),
  }));
}

test('a failure began in the innermost failed span, at the exception that its service recorded', () => {
  const found = failureCause(
    spans(
      { id: '4', parent: '3', service: 'payment', from: 30, to: 60 },
      { id: '1', service: 'frontend', from: 0, to: 100, type: 'BadGateway' },
      { id: '2', parent: '1', service: 'checkout', from: 10, to: 90, message: 'charge failed' },
      { id: '3', parent: '2', service: 'payment', from: 20, to: 80, type: 'Timeout', message: 'no reply' },
    ),
  );
  assert.deepEqual(found, { service: 'payment', type: 'Timeout', message: 'no reply' });
});

test('spans between that did not fail do not matter, nor do failures that the caller survived', () => {
  const found = failureCause(
    spans(
      { id: '1', service: 'frontend', from: 0, to: 100, message: '502' },
      { id: '2', parent: 'x', service: 'recommendation', from: 5, to: 10, type: 'Stale' },
      { id: '3', parent: 'y', service: 'payment', from: 20, to: 80, type: 'Timeout' },
      // A parallel call that belongs to another failed span.
      { id: '4', parent: '2', service: 'cache', from: 20, to: 79, type: 'Reset' },
    ),
  );
  assert.deepEqual(found, { service: 'payment', type: 'Timeout', message: '' });
});

test('children of other hosts may have a clock that is ahead', () => {
  const found = failureCause(
    spans(
      { id: '1', service: 'a', from: 0, to: 10, message: 'failed' },
      { id: '2', parent: '1', service: 'b', from: 7, to: 17, message: 'cause' },
    ),
  );
  assert.equal(found?.service, 'b');
});

test('accepts cycles, equal IDs, and any number of spans', () => {
  assert.equal(failureCause([]), undefined);
  const cycle = spans(
    { id: '1', parent: '2', service: 'a', from: 0, to: 1 },
    { id: '2', parent: '1', service: 'b', from: 0, to: 1 },
    { id: '1', parent: '1', service: 'c', from: 0, to: 1 },
  );
  assert.ok(failureCause(cycle));
  const many = spans(
    ...Array.from({ length: 20_000 }, (_, n) => ({
      id: `${n}`,
      parent: `${n - 1}`,
      service: `s${n}`,
      from: n,
      to: 50_000,
    })),
  );
  assert.equal(failureCause(many.reverse())?.service, `s${MAX_FAILED_SPANS - 1}`);
});
