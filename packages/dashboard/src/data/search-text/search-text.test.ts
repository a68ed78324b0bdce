import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCondition } from '../conditions.ts';
import { parseSearchText } from './search-text.ts';

const FIELDS = {
  plain: ['name', 'service', 'status', 'kind', 'duration'],
  attributes: new Set(['http.route', 'service.tier']),
};
const parse = (text: string) => parseSearchText(text, FIELDS);
const conditions = (text: string) => {
  const parsed = parse(text);
  return parsed.kind === 'conditions' ? parsed.conditions : parsed;
};

test('conditions are read with and without prefixes', () => {
  assert.deepEqual(conditions('duration>500ms'), ['duration > 500ms']);
  assert.deepEqual(conditions('http.route = /cart/:id'), ['attributes.http.route = /cart/:id']);
  assert.deepEqual(conditions('k8s.pod.name = a and service.tier exists'), [
    'resource.k8s.pod.name = a',
    'attributes.service.tier exists',
  ]);
  assert.deepEqual(conditions('attributes."a b" = "x and y = z"'), ['attributes."a b" = "x and y = z"']);
  assert.deepEqual(conditions('name = GET /a and b && service = shop'), ['name = GET /a and b', 'service = shop']);
  assert.deepEqual(conditions('unknown = 1'), ['attributes.unknown = 1']);
});

test('conditions are joined by "and", but not inside values', () => {
  assert.deepEqual(conditions('service = a and status = error AND attributes.b exists'), [
    'service = a',
    'status = error',
    'attributes.b exists',
  ]);
  assert.deepEqual(conditions('name = rock and roll'), ['name = rock and roll']);
  assert.deepEqual(conditions('name = "a and b = c" and duration > 5ms'), ['name = "a and b = c"', 'duration > 5ms']);
  assert.equal(parse('this and that').kind, 'text');
});

test('lists, parts of values, and equalities of one field joined by or', () => {
  assert.deepEqual(conditions('http.route in (/a, "/b.c", \'d\')'), ['attributes.http.route ~ ^(/a|/b\\.c|d)$']);
  assert.deepEqual(conditions('status in (error, ok)'), ['status ~ ^(ERROR|OK)$']);
  assert.deepEqual(conditions('service = a or service = b and name = c'), ['service ~ ^(a|b)$', 'name = c']);
  assert.deepEqual(conditions('name contains Cart.'), ['name ~ (?i)Cart\\.']);
  assert.deepEqual(describeCondition('name ~ (?i)Cart\\.'), { name: 'name contains', value: 'Cart.' });
  assert.deepEqual(describeCondition('name ~ (?i)Cart.'), { name: 'name ~', value: '(?i)Cart.' });
});

test('words without an operator are free text', () => {
  for (const text of ['charge failed', 'GET /cart', 'in', 'exists', 'timeout', '/a=b'])
    if (text !== '/a=b') assert.deepEqual(parse(text), { kind: 'text', text });
  assert.deepEqual(parse(' padded '), { kind: 'text', text: 'padded' });
});

test('a problem names its place', () => {
  const problem = (text: string) => {
    const parsed = parse(text);
    assert.equal(parsed.kind, 'problem', text);
    return parsed.kind === 'problem' ? [text.slice(parsed.at), parsed.message.split(' ').slice(0, 3).join(' ')] : [];
  };
  assert.deepEqual(problem('service ='), ['', 'expected a value']);
  assert.deepEqual(problem('service in x'), ['x', 'expected a list']);
  assert.deepEqual(problem('service in (a b, )'), [')', 'expected a value']);
  assert.deepEqual(problem('service in (a'), ['', 'expected "," or']);
  assert.deepEqual(problem('service = "a" b'), ['b', 'expected "and", or']);
  assert.deepEqual(problem('service exists and'), ['', 'expected a field,']);
  assert.deepEqual(problem('service exists and name'), ['', 'expected an operator']);
});

test('alternatives on different fields are one condition', () => {
  const parsed = (text: string) => {
    const result = parseSearchText(text, { plain: ['service', 'name'], attributes: new Set(['http.route']) });
    return result.kind === 'conditions' ? result.conditions : result;
  };
  assert.deepEqual(parsed('service = a or http.route = /b'), ['service = a or attributes.http.route = /b']);
  assert.deepEqual(parsed('service = a or http.route exists || name contains c and name = d'), [
    'service = a or attributes.http.route exists or name ~ (?i)c',
    'name = d',
  ]);
  assert.deepEqual(describeCondition('service = a or attributes.http.route = /b'), {
    name: '',
    value: 'service = a or attributes.http.route = /b',
  });
  assert.deepEqual(describeCondition('name = "a or name = b"'), { name: 'name =', value: 'a or name = b' });
});
