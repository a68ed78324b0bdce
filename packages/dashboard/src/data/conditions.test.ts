import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attributeField,
  describeCondition,
  readAnyOf,
  readCondition,
  replaceField,
  writeAnyOf,
  writeCondition,
} from './conditions.ts';

test('parses the conditions of the API and ignores free text', () => {
  assert.deepEqual(readCondition('service = checkout'), { field: 'service', op: '=', value: 'checkout' });
  assert.deepEqual(readCondition('duration>500ms'), { field: 'duration', op: '>', value: '500ms' });
  assert.deepEqual(readCondition('attributes.user.id exists'), {
    field: 'attributes.user.id',
    op: 'exists',
    value: '',
  });
  assert.deepEqual(readCondition('attributes."a b" = "x = y"'), { field: 'attributes."a b"', op: '=', value: 'x = y' });
  assert.equal(readCondition('charge failed'), undefined);
  assert.equal(readCondition('service ='), undefined);
});

test('quotes values that would parse as a number, a boolean or an operator', () => {
  assert.equal(writeCondition('service', '=', 'checkout'), 'service = checkout');
  assert.equal(writeCondition('attributes.code', '=', '007'), 'attributes.code = "007"');
  assert.equal(writeCondition('attributes.code', '=', 7), 'attributes.code = 7');
  assert.equal(writeCondition('attributes.on', '=', 'true'), 'attributes.on = "true"');
  assert.equal(writeCondition('attributes.on', '=', true), 'attributes.on = true');
  assert.equal(writeCondition('body', '=', 'say "hi" '), 'body = "say \\"hi\\" "');
});

test('round-trips every value', () => {
  for (const value of ['plain', '', ' padded ', '"quoted"', "it's", 'back\\slash', 'true', '1.0', '~tilde', 'a = b']) {
    assert.equal(readCondition(writeCondition('attributes.x', '=', value))?.value, value);
  }
});

test('round-trips alternatives as a pattern', () => {
  const condition = writeAnyOf('service', ['a.b', 'c|d', 'e']);
  assert.equal(condition, 'service ~ ^(a\\.b|c\\|d|e)$');
  assert.deepEqual(readAnyOf(readCondition(condition ?? '') ?? assert.fail()), ['a.b', 'c|d', 'e']);
  assert.equal(readAnyOf({ field: 'service', op: '~', value: '^(a.*|b)$' }), undefined);
  assert.deepEqual(describeCondition(condition ?? ''), { name: 'service in', value: 'a.b, c|d, e' });
});

test('keeps one condition per replaced field', () => {
  assert.deepEqual(replaceField(['service = a', 'status = error'], 'service', 'service = b'), [
    'status = error',
    'service = b',
  ]);
  assert.deepEqual(replaceField(['service = a'], 'service', undefined), []);
});

test('quotes attribute keys that contain spaces or operators', () => {
  assert.equal(attributeField('http.route'), 'attributes.http.route');
  assert.equal(attributeField('a b', 'resource'), 'resource."a b"');
});
