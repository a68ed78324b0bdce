import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FailedSpan } from '@otelier/store';
import { firstSeen } from './first-seen.ts';
import { groupFailures, MAX_MESSAGES } from './group-failures.ts';
import { longestConstant, splitMessage, templateOf } from './message-template.ts';

const RANGE = { start: 0n, end: 100n, steps: 10 };

function span(spanId: string, parentSpanId: string, service: string, more: Partial<FailedSpan> = {}): FailedSpan {
  return {
    ...{ traceId: 't1', spanId, parentSpanId, service, name: `${service} work`, kind: 'INTERNAL', start: 10n },
    ...{ statusMessage: '', exceptionType: '', exceptionMessage: '', httpStatus: '', peer: '' },
    ...{ version: '1', instance: `${service}-0`, user: '' },
    ...more,
  };
}

/** An exception of the database client of `d` that passes through `c` and `b` and becomes another one in `a`. */
function deepTrace(traceId: string, start: bigint): FailedSpan[] {
  const at = { traceId, start };
  return [
    span('1', '', 'a', { ...at, kind: 'SERVER', name: 'GET /', exceptionType: 'BadGateway', user: `u-${traceId}` }),
    span('2', '1', 'b', { ...at, kind: 'SERVER', exceptionType: 'Timeout', exceptionMessage: 'no reply in 80 ms' }),
    span('3', '2', 'c', { ...at, kind: 'SERVER', statusMessage: 'no reply in 80 ms' }),
    span('4', '3', 'd', { ...at, kind: 'SERVER', exceptionType: 'Timeout', exceptionMessage: 'no reply in 80 ms' }),
    span('5', '4', 'd', { ...at, kind: 'CLIENT', name: 'SELECT', peer: 'postgresql' }),
    span('6', '4', 'd', { ...at, kind: 'CLIENT', name: 'SELECT', peer: 'postgresql' }),
  ];
}

describe('failures by root cause', () => {
  test('an exception that passes through four services of a trace is one cause with its path', () => {
    const causes = groupFailures([...deepTrace('t1', 10n), ...deepTrace('t2', 95n)], RANGE);
    assert.equal(causes.length, 1);
    const [cause] = causes;
    assert.ok(cause);
    assert.deepEqual([cause.key.service, cause.key.type, cause.key.template], ['d', 'Timeout', 'no reply in <*>']);
    // Two attempts in one request are one occurrence.
    assert.deepEqual([cause.count, cause.attempts, cause.failedRequests, cause.users], [2, 4, 2, 2]);
    assert.deepEqual(
      cause.path.map(({ service, isPeer, type, count }) => [service, isPeer, type, count]),
      [
        ['postgresql', true, '', 4],
        ['d', false, 'Timeout', 2],
        ['c', false, 'Error', 2],
        ['b', false, 'Timeout', 2],
        ['a', false, 'BadGateway', 2],
      ],
    );
    assert.deepEqual(cause.routes, [{ service: 'a', name: 'GET /', count: 2 }]);
    assert.deepEqual(cause.steps, [0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert.deepEqual([cause.first, cause.last], [10n, 95n]);
    assert.deepEqual(
      cause.samples.map(({ traceId, spanId }) => [traceId, spanId]),
      [
        ['t2', '4'],
        ['t1', '4'],
      ],
    );
  });

  test('an exception is one cause even if a span between two services did not fail', () => {
    const [b, , , d] = deepTrace('t1', 10n);
    const causes = groupFailures(
      [
        { ...(d as FailedSpan), start: 12n },
        { ...(b as FailedSpan), exceptionType: 'Timeout', exceptionMessage: 'no reply in 99 ms' },
      ],
      RANGE,
    );
    assert.equal(causes.length, 1);
    assert.deepEqual(
      causes[0]?.path.map(({ service }) => service),
      ['d', 'a'],
    );
  });

  test('a failure that its caller handled fails no request', () => {
    const causes = groupFailures(
      [span('2', '1', 'a', { exceptionType: 'Stale', exceptionMessage: 'used 2 of 3' })],
      RANGE,
    );
    assert.deepEqual([causes[0]?.count, causes[0]?.failedRequests, causes[0]?.routes], [1, 0, []]);
  });

  test('failures without a message are told apart by operation, or by the peer that was called', () => {
    const causes = groupFailures(
      [
        span('2', '', 'a', { name: 'GET /x', httpStatus: '500' }),
        span('3', '', 'a', { name: 'GET /y', httpStatus: '500', traceId: 't2' }),
        span('4', '', 'a', { name: 'GET', kind: 'CLIENT', peer: 'one', traceId: 't3' }),
        span('5', '', 'a', { name: 'POST', kind: 'CLIENT', peer: 'one', traceId: 't4' }),
      ],
      RANGE,
    );
    assert.deepEqual(causes.map(({ key, count }) => [key.type, count]).sort(), [
      ['Error', 2],
      ['HTTP 500', 1],
      ['HTTP 500', 1],
    ]);
  });

  test('many messages without a common text are one cause', () => {
    const names = Array.from({ length: MAX_MESSAGES + 1 }, (_, n) => 'ab'.repeat(n + 1));
    const spans = names.map((name, n) =>
      span(`${n}`, '', 'a', { traceId: `t${n}`, exceptionType: 'NotFound', exceptionMessage: `no user ${name}` }),
    );
    const causes = groupFailures(spans, RANGE);
    assert.deepEqual([causes.length, causes[0]?.messages, causes[0]?.key.template], [1, MAX_MESSAGES + 1, '']);
    assert.equal(groupFailures(spans.slice(1), RANGE).length, MAX_MESSAGES);
  });

  test('the fingerprint does not depend on what else failed, and finds earlier occurrences', () => {
    const [later] = groupFailures(deepTrace('t9', 50n), RANGE);
    const [earlier] = groupFailures([...deepTrace('t1', 10n), span('x', '', 'z')], RANGE);
    assert.equal(later?.key.fingerprint, earlier?.key.fingerprint);
    const group = { ...{ service: 'd', type: 'Timeout', message: 'no reply in 7 s', spanName: 'd work', count: 1 } };
    const known = { ...group, firstSeen: 3n, lastSeen: 4n, steps: [1], sampleTraceId: 't0' };
    assert.ok(later);
    assert.deepEqual(
      [...firstSeen([later], [{ ...known, service: 'c', firstSeen: 1n }, known])],
      [[later.key.fingerprint, 3n]],
    );
  });

  test('malformed parents end: a cycle, a span of its own, repeated IDs', () => {
    const cycle = [span('1', '2', 'a'), span('2', '1', 'b'), span('3', '1', 'c')];
    assert.equal(groupFailures(cycle, RANGE).length, 1);
    assert.equal(groupFailures([span('1', '1', 'a')], RANGE)[0]?.count, 1);
    assert.equal(groupFailures([span('1', '', 'a'), span('1', '', 'a')], RANGE)[0]?.count, 1);
    assert.deepEqual(groupFailures([], RANGE), []);
  });
});

describe('constant and variable parts of messages', () => {
  for (const [message, template] of [
    ['no response from gateway.acmepay.test within 800 ms', 'no response from gateway.acmepay.test within <*>'],
    ['no product with id OLJCESPC7Z', 'no product with id <*>'],
    ['address.postal_code: expected 5 digits, got "1011"', 'address.postal_code: expected <*> digits, got <*>'],
    ['read ECONNRESET while reading cart:u-55120', 'read ECONNRESET while reading <*>'],
    ['order 6fa459ea-ee8a-3ca4-894e-db77e160355e, user a.b+c@example.test.', 'order <*>, user <*>.'],
    ['POST https://x.test/a?b=c returned 502 Bad Gateway', 'POST <*> returned 502 Bad Gateway'],
    ["can't open 'a b' since it isn't there", "can't open <*> since it isn't there"],
    ['', ''],
  ] as const) {
    test(JSON.stringify(message), () => {
      const parts = splitMessage(message);
      assert.equal(templateOf(parts), template);
      assert.equal(parts.map(({ text }) => text).join(''), message);
    });
  }

  test('finds the longest constant part', () => {
    assert.equal(longestConstant(splitMessage('at 5 no such table: 9')), 'no such table:');
  });

  test('hostile messages are split in linear time', () => {
    for (const unit of ['"', "'", '`', '1', 'a', ':', '1 ', 'https://', 'a@', '\u0000', '\u202e', '5 m']) {
      const message = unit.repeat(Math.ceil(100_000 / unit.length));
      const started = process.cpuUsage();
      assert.equal(
        splitMessage(message)
          .map(({ text }) => text)
          .join(''),
        message,
      );
      assert.ok(process.cpuUsage(started).user < 1_000_000, unit);
    }
  });
});
