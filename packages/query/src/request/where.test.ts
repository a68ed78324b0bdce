import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '@otelier/store';
import { parseNanos } from './duration.ts';
import { parseWhere, type WhereSubject } from './where.ts';

const conditions = (text: string, subject: WhereSubject = 'spans'): readonly Condition[] => {
  const result = parseWhere(text, subject);
  return result.kind === 'conditions' ? result.conditions : assert.fail(result.problem);
};
const problem = (text: string, subject: WhereSubject = 'spans'): string => {
  const result = parseWhere(text, subject);
  return result.kind === 'problem' ? result.problem : assert.fail(`accepted as ${JSON.stringify(result.conditions)}`);
};

test('reads every operator, with and without spaces around it', () => {
  for (const op of ['=', '!=', '>', '>=', '<', '<='] as const) {
    assert.deepEqual(conditions(`attributes.n ${op} 5`), [{ field: 'attributes.n', op, value: 5 }]);
    assert.deepEqual(conditions(`attributes.n${op}5`), [{ field: 'attributes.n', op, value: 5 }]);
  }
  assert.deepEqual(conditions('attributes.http.route ~ ^/api'), [
    { field: 'attributes.http.route', op: '~', value: '^/api' },
  ]);
  assert.deepEqual(conditions('name !~ health'), [{ field: 'name', op: '!~', value: 'health' }]);
  assert.deepEqual(conditions('attributes.user.id exists'), [
    { field: 'attributes.user.id', op: 'exists', value: true },
  ]);
});

test('reads a duration with its unit as nanoseconds', () => {
  assert.deepEqual(conditions('duration > 500ms'), [{ field: 'duration', op: '>', value: 500e6 }]);
  assert.deepEqual(conditions('duration<=1.5s'), [{ field: 'duration', op: '<=', value: 1.5e9 }]);
  assert.deepEqual(['7ns', '2us', '2µs', '3ms', '1m30s', '1h'].map(parseNanos), [7, 2e3, 2e3, 3e6, 90e9, 3600e9]);
  assert.deepEqual(['500', '', 's', '5 ms', '5d', '-5s'].map(parseNanos), Array(6).fill(undefined));
});

test('rejects a duration without a unit and names the field', () => {
  assert.equal(
    problem('duration > 500'),
    'expected duration to be compared with a duration such as "500ms" or "1.5s", got "> 500"',
  );
});

test('reports a wrong operator or a missing value', () => {
  const expected = 'expected FIELD OP VALUE such as "duration > 500ms", got ';
  assert.equal(problem('duration >> 5'), `${expected}"duration >> 5"`);
  assert.equal(problem('name == x'), `${expected}"name == x"`);
  assert.equal(problem('name'), `${expected}"name"`);
  assert.equal(problem(''), `${expected}""`);
  assert.equal(problem('= x'), `${expected}"= x"`);
  assert.match(problem('name ='), /expected a value after "name =" with its quotes closed, got ""/);
  assert.match(problem('name = "open'), /quotes closed, got ""open"/);
  assert.match(problem('name = "a" b"'), /quotes closed/);
});

test('lists the known fields for an unknown one', () => {
  assert.equal(
    problem('route = /x'),
    'expected one of the fields name, kind, status, service, duration, scope.name, attributes.KEY, resource.KEY, got "route"; an attribute is written attributes.route or resource.route',
  );
  assert.match(problem('duration > 5s', 'logs'), /expected one of the fields severity, body/);
  assert.match(problem('attributes. = 5'), /got "attributes."/);
});

test('quoted values are text, whatever they look like, and may hold quotes', () => {
  assert.deepEqual(conditions('attributes.a = "5"')[0]?.value, '5');
  assert.deepEqual(conditions(`attributes.a = 'it\\'s'`)[0]?.value, "it's");
  assert.deepEqual(conditions('attributes.a = "say \\"hi\\" \\\\"')[0]?.value, 'say "hi" \\');
  assert.deepEqual(conditions('attributes.a = ""')[0]?.value, '');
});

test('unquoted values are text to the end, numbers or truth', () => {
  assert.deepEqual(conditions('name = GET /cart items ')[0]?.value, 'GET /cart items');
  assert.deepEqual(conditions('attributes.a = true')[0]?.value, true);
  assert.deepEqual(conditions('attributes.a = -1.5')[0]?.value, -1.5);
  assert.deepEqual(conditions('attributes.version = 1.0')[0]?.value, '1.0');
  assert.deepEqual(conditions('attributes.id = 9007199254740993')[0]?.value, '9007199254740993');
  assert.deepEqual(conditions('attributes.a > 1.0')[0]?.value, 1);
});

test('keys of attributes may be quoted', () => {
  assert.deepEqual(conditions('attributes."a b=c" = 1'), [{ field: 'attributes.a b=c', op: '=', value: 1 }]);
});

test('expands severity levels to their four numbers', () => {
  const severity = (text: string) => conditions(text, 'logs').map(({ op, value }) => `${op} ${value}`);
  assert.deepEqual(severity('severity >= warn'), ['>= 13']);
  assert.deepEqual(severity('severity > WARN'), ['> 16']);
  assert.deepEqual(severity('severity < error'), ['< 17']);
  assert.deepEqual(severity('severity = error'), ['>= 17', '<= 20']);
  assert.deepEqual(severity('severity >= 17'), ['>= 17']);
  assert.match(problem('severity = loud', 'logs'), /expected severity to be compared with trace, debug/);
});

test('accepts kinds and codes in any case', () => {
  assert.deepEqual(conditions('status = error')[0]?.value, 'ERROR');
  assert.deepEqual(conditions('kind = Server')[0]?.value, 'SERVER');
});

test('rejects an invalid expression', () => {
  assert.deepEqual(conditions('name ~ (?i)^get')[0]?.value, '(?i)^get');
  assert.match(problem('name ~ (a'), /expected a regular expression after "name ~", got "\(a"/);
});

test('suggests the prefix for an attribute without one', () => {
  assert.match(
    problem('http.route = x'),
    /got "http\.route"; an attribute is written attributes\.http\.route or resource\.http\.route$/,
  );
});

test('rejects conditions joined by "and" unless quoted', () => {
  for (const text of [
    'service = a and status = error',
    'name = x AND duration > 5ms',
    'name = a && attributes.b exists',
  ])
    assert.match(problem(text), /expected one condition, got several joined by "and"/);
  for (const text of ['name = rock and roll', 'name = "a and status = error"', 'name ~ this and that'])
    assert.equal(parseWhere(text, 'spans').kind, 'conditions', text);
});

test('reads alternatives on different fields', () => {
  const service = { field: 'service', op: '=', value: 'a' };
  const route = { field: 'attributes.http.route', op: '=', value: '/b' };
  assert.deepEqual(conditions('service = a or attributes.http.route = /b'), [{ ...service, or: [route] }]);
  assert.deepEqual(conditions('service = a || attributes.http.route = /b OR duration > 1s'), [
    { ...service, or: [route, { field: 'duration', op: '>', value: 1e9 }] },
  ]);
  const error = [
    { field: 'severity', op: '>=', value: 17 },
    { field: 'severity', op: '<=', value: 20 },
  ];
  assert.deepEqual(
    conditions('service = a or severity = error', 'logs'),
    error.map((one) => ({ ...service, or: [one] })),
  );
  assert.deepEqual(
    conditions('severity = error or service = a', 'logs'),
    error.map((one) => ({ ...one, or: [service] })),
  );
});

test('takes "or" for text in quotes, and where no condition follows', () => {
  for (const value of ['here or there', 'a or b = c or nothing']) {
    assert.deepEqual(conditions(`name = ${value}`), [{ field: 'name', op: '=', value }]);
  }
  assert.deepEqual(conditions('name = "x or service = y"'), [{ field: 'name', op: '=', value: 'x or service = y' }]);
  assert.deepEqual(conditions('attributes."a or service = b" = 1'), [
    { field: 'attributes.a or service = b', op: '=', value: 1 },
  ]);
  assert.match(problem(`name = a${' or name = a'.repeat(16)}`), /at most 16 conditions joined by "or", got 17/);
  assert.match(problem('service = a or duration > 5'), /expected duration to be compared/);
});
