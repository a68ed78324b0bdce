import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyValue, attributes, run } from '../evaluate.testing.ts';

/** Runs statements on attributes and asserts the result. */
function expectAttributes(
  before: Record<string, unknown>,
  statements: string | string[],
  after: Record<string, unknown>,
) {
  const record = run({ attributes: attributes(before) }, ...[statements].flat());
  assert.deepEqual(record['attributes'] ?? [], attributes(after));
}

const CASES: [string, Record<string, unknown>, string | string[], Record<string, unknown>][] = [
  ['sets a new attribute as the last', { a: 1n }, 'set(attributes["b"], "x")', { a: 1n, b: 'x' }],
  ['sets an attribute in place', { a: 1n, b: 2n }, 'set(attributes["a"], 1.5)', { a: 1.5, b: 2n }],
  ['sets nil', { a: 1n }, 'set(attributes["a"], nil)', { a: null }],
  ['sets nested maps and lists', {}, 'set(attributes["a"]["b"][1], true)', { a: { b: [null, true] } }],
  ['sets a map literal', {}, 'set(attributes["a"], {"b": [1, {"c": 2.5}]})', { a: { b: [1n, { c: 2.5 }] } }],
  [
    'copies what it sets',
    { a: { x: 1n } },
    ['set(attributes["b"], attributes["a"])', 'set(attributes["b"]["x"], 2)'],
    { a: { x: 1n }, b: { x: 2n } },
  ],
  [
    'sees earlier changes',
    {},
    ['set(attributes["a"], 1)', 'set(attributes["b"], attributes["a"] + 1)'],
    { a: 1n, b: 2n },
  ],
  ['obeys where', { a: 1n }, 'set(attributes["a"], 2) where attributes["a"] > 5', { a: 1n }],
  ['uses the cache', {}, ['set(cache["x"], "y")', 'set(attributes["a"], cache["x"])'], { a: 'y' }],
  ['deletes a key', { a: 1n, b: 2n }, 'delete_key(attributes, "a")', { b: 2n }],
  ['deletes a missing key', { a: 1n }, 'delete_key(attributes, "x")', { a: 1n }],
  [
    'deletes matching keys',
    { pass: 1n, Password: 2n, x: 3n },
    'delete_matching_keys(attributes, "(?i)pass")',
    { x: 3n },
  ],
  ['keeps matching keys', { version: 1n, x: 3n }, 'keep_matching_keys(attributes, "^v")', { version: 1n }],
  ['keeps keys', { a: 1n, b: 2n, c: 3n }, 'keep_keys(attributes, ["c", "a"])', { a: 1n, c: 3n }],
  ['limits, with priority', { a: 1n, b: 2n, c: 3n }, 'limit(attributes, 2, ["c"])', { a: 1n, c: 3n }],
  ['merges by insert', { a: 1n }, 'merge_maps(attributes, {"a": 2, "b": 3}, "insert")', { a: 1n, b: 3n }],
  ['merges by update', { a: 1n }, 'merge_maps(attributes, {"a": 2, "b": 3}, "update")', { a: 2n }],
  ['merges by upsert', { a: 1n }, 'merge_maps(attributes, {"a": 2, "b": 3}, "upsert")', { a: 2n, b: 3n }],
  [
    'stringifies',
    { i: 42n, d: 3.14, b: true, m: { z: 1n, a: '<' }, s: 'x', l: [1n], n: null },
    'stringify_all(attributes)',
    { i: '42', d: '3.14', b: 'true', m: '{"a":"<","z":1}', s: 'x', l: '[1]', n: '' },
  ],
  ['truncates at characters', { a: 'grün', b: 5n }, 'truncate_all(attributes, 3)', { a: 'gr', b: 5n }],
  ['truncates with a marker', { a: 'abcdefgh' }, 'truncate_all(attributes, 5, true, "...")', { a: 'ab...' }],
  ['appends to a list', { t: ['a'] }, 'append(attributes["t"], "b")', { t: ['a', 'b'] }],
  ['appends to a scalar', { t: 'a' }, 'append(attributes["t"], values = ["b", 1])', { t: ['a', 'b', 1n] }],
  ['appends to nothing', {}, 'append(attributes["t"], "b")', { t: ['b'] }],
  ['deletes an index', { t: ['a', 'b', 'c'] }, 'delete_index(attributes["t"], 1)', { t: ['a', 'c'] }],
  ['deletes a range', { t: ['a', 'b', 'c'] }, 'delete_index(attributes["t"], 0, 2)', { t: ['c'] }],
  [
    'clears',
    { s: 'x', i: 5n, b: true },
    ['clear(attributes["s"])', 'clear(attributes["i"])'],
    { s: '', i: 0n, b: true },
  ],
  [
    'flattens',
    { name: 'test', address: { street: 'first', house: 1234n }, occupants: ['user 1', 'user 2'] },
    'flatten(attributes, "app")',
    {
      'app.name': 'test',
      'app.address.street': 'first',
      'app.address.house': 1234n,
      'app.occupants.0': 'user 1',
      'app.occupants.1': 'user 2',
    },
  ],
  [
    'flattens to a depth',
    { 0: { 1: { 2: { 3: { 4: 'v' } } } } },
    'flatten(attributes, depth=2)',
    { '0.1.2': { 3: { 4: 'v' } } },
  ],
  [
    'flattens with conflicts',
    {
      address: { street: { number: 'first' }, house: '1234' },
      'address.street': { number: ['second', 'third'] },
      'address.street.number': 'fourth',
      occupants: ['user 1', 'user 2'],
    },
    'flatten(attributes, resolveConflicts=true)',
    {
      'address.street.number': 'first',
      'address.house': '1234',
      'address.street.number.0': 'second',
      'address.street.number.1': 'third',
      'address.street.number.2': 'fourth',
      occupants: 'user 1',
      'occupants.0': 'user 2',
    },
  ],
  [
    'replaces a match',
    { p: '/user/5/list/9' },
    'replace_match(attributes["p"], "/user/*/list/*", "/user/{id}")',
    { p: '/user/{id}' },
  ],
  [
    'hashes a replacement',
    { p: 'ab' },
    'replace_match(attributes["p"], "a*", "x", MD5, "<%s>")',
    { p: '<9dd4e461268c8034f5c8564e155c67a6>' },
  ],
  [
    'replaces all matches',
    { a: 'xy', b: 'z', c: 1n },
    'replace_all_matches(attributes, "x?", "-")',
    { a: '-', b: 'z', c: 1n },
  ],
  [
    'replaces a pattern',
    { p: 'kube_pod_x' },
    'replace_pattern(attributes["p"], "^kube_([0-9A-Za-z]+)_", "k8s.$1.")',
    { p: 'k8s.pod.x' },
  ],
  [
    'replaces by name',
    { p: 'a1b2' },
    'replace_pattern(attributes["p"], "(?P<d>\\\\d)", "<$d$$>")',
    { p: 'a<1$>b<2$>' },
  ],
  [
    'replaces and converts',
    { p: 'ab-cd' },
    'replace_pattern(attributes["p"], "([a-z]+)", "$1", ToUpperCase)',
    { p: 'AB-CD' },
  ],
  [
    'replaces in values',
    { a: '/account/1234', b: 'x' },
    'replace_all_patterns(attributes, "value", "\\\\d{4}", "{id}")',
    { a: '/account/{id}', b: 'x' },
  ],
  [
    'replaces in keys',
    { kube_x: 1n, y: 2n },
    'replace_all_patterns(attributes, "key", "^kube_", "k8s.")',
    { 'k8s.x': 1n, y: 2n },
  ],
];

for (const [name, before, statements, after] of CASES) test(name, () => expectAttributes(before, statements, after));

test('edits a structured body', () => {
  const before = { body: anyValue({ a: { b: 1n }, list: ['x', 'y'] }) };
  const after = run(before, 'set(body["a"]["c"], body["list"][1])', 'set(body["list"][0], 5)');
  assert.deepEqual(after['body'], anyValue({ a: { b: 1n, c: 'y' }, list: [5n, 'y'] }));
});

test('sets fields of a log record', () => {
  const after = run(
    { severityText: 'info', attributes: attributes({ keep: 'x' }) },
    'set(severity_number, SEVERITY_NUMBER_ERROR)',
    'set(severity_text, "ERROR")',
    'set(time_unix_nano, 5)',
    'set(trace_id.string, "0af7651916cd43dd8448eb211c80319c")',
    'set(flags, 1)',
    'set(event_name, "e")',
    'set(body, [1, "x"])',
    'set(log.dropped_attributes_count, 3)',
  );
  assert.deepEqual(after, {
    timeUnixNano: '5',
    severityNumber: 17,
    severityText: 'ERROR',
    body: anyValue([1n, 'x']),
    attributes: attributes({ keep: 'x' }),
    droppedAttributesCount: 3,
    flags: 1,
    traceId: '0af7651916cd43dd8448eb211c80319c',
    eventName: 'e',
  });
});

for (const [statement, message] of [
  ['set(severity_text, 5)', /expected string, got int64/],
  ['set(attributes["t"][0], 1)', /expected a map or list to index, got string/],
  ['delete_index(attributes["l"], 5)', /expected a start index below 1, got 5/],
  ['delete_key(body, "x")', /expected map, got nil/],
  ['set(attributes, "x")', /expected map, got string/],
] as const) {
  test(`fails to run ${statement}`, () => {
    assert.throws(() => run({ attributes: attributes({ t: 'text', l: [1n] }) }, statement), message);
  });
}

for (const [statement, message] of [
  ['set(attributes["a"])', /expected the argument value of set/],
  ['set(attributes["a"], 1, 2)', /expected at most 2 arguments for set, got 3/],
  ['set("a", 1)', /expected a path/],
  ['limit(attributes, -1, [])', /expected a limit of at least 0/],
  ['limit(attributes, 1, limits = [])', /unknown limits; did you mean "limit"/],
  ['limit(limit = 1, attributes)', /arguments by position come first/],
  ['merge_maps(attributes, {}, "x")', /expected the strategy/],
  ['delete_matching_keys(attributes, "[")', /expected a regular expression, got "\["/],
  ['flatten(attributes, depth = 0)', /expected a depth of at least 1/],
  ['append(attributes["a"])', /expected value or values/],
  ['replace_pattern(attributes["a"], "x", "y", Sha256)', /unknown Sha256; did you mean "SHA256"/],
  ['set(attributes["a"], span.name)', /unknown path "span.name"/],
  ['set(attributes["a"], set(body, 1))', /expected a converter, whose name begins in upper case, got set/],
  ['set(attributes["a"], Name)', /expected a path or a value, got the name Name/],
  ['set(attributes["a"], SEVERITY_NUMBER_ERR)', /unknown SEVERITY_NUMBER_ERR; did you mean "SEVERITY_NUMBER_ERROR"/],
  ['set(attributes["a"], 1)[0]', /expected no keys after the editor set/],
] as const) {
  test(`rejects ${statement}`, () => assert.throws(() => run({}, statement), message));
}
