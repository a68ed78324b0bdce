import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandMacros } from './macros.ts';

const window = { startMillis: Date.UTC(2026, 0, 2, 3), endMillis: Date.UTC(2026, 0, 2, 4), stepMillis: 30_000 };
/** Braces are written as `@{name}`, because linters take them for templates. */
const expand = (text: string, variables = {}): string =>
  expandMacros(text.replaceAll('@{', '$'.concat('{')), window, variables).text;

test('replaces the macros of times and steps', () => {
  assert.equal(expand('rate(a[$__rate_interval]) + rate(b[$__interval])'), 'rate(a[2m]) + rate(b[30s])');
  assert.equal(expand('@{__range} $__range_s $__from'), `1h 3600 ${window.startMillis}`);
  assert.equal(
    expand('WHERE $__timeFilter(s.start_time) AND x'),
    "WHERE s.start_time >= TIMESTAMP '2026-01-02 03:00:00.000' AND s.start_time < TIMESTAMP '2026-01-02 04:00:00.000' AND x",
  );
  assert.equal(expand('$__timeGroup(time, 5m)'), "time_bucket(INTERVAL '5 minutes', time)");
  assert.equal(expand('$__timeGroup(time)'), "time_bucket(INTERVAL '30000 milliseconds', time)");
});

test('replaces variables, several values as a regular expression, and keeps unknown names', () => {
  const variables = { pod: ['a.b', 'c'], one: ["it's"], all: ['.*'] };
  assert.equal(
    expand('{pod=~"$pod", x="$one", y=~"@{all:regex}"} $unknown', variables),
    `{pod=~"(a\\.b|c)", x="it's", y=~".*"} $unknown`,
  );
  assert.equal(expand('IN (@{one:sqlstring}, @{pod:singlequote}) [[one]]', variables), "IN ('it''s', 'a.b','c') it's");
  assert.equal(expand('$constructor $toString [[valueOf]]'), '$constructor $toString [[valueOf]]');
});

test('maps positions back to the text that was written', () => {
  const { text, sourceOffset } = expandMacros('rate(a[$__rate_interval]) + b', window);
  assert.equal(text, 'rate(a[2m]) + b');
  assert.equal(sourceOffset(text.indexOf('b')), 28);
  assert.equal(sourceOffset(8), 7);
  assert.equal(sourceOffset(0), 0);
});
