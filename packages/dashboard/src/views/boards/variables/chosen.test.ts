import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandMacros } from '../../../query/macros.ts';
import type { BoardVariable } from '../model/board.ts';
import { ALL, type ChosenVariable, chosenOf, expandWhere, readChosen, variablesFor, writeChosen } from './chosen.ts';

const variable = (more: Partial<BoardVariable> = {}): BoardVariable => ({
  name: 'service',
  label: 'service',
  source: { from: 'metrics', label: 'job' },
  multi: true,
  all: true,
  value: [],
  hidden: false,
  ...more,
});
const window = { startMillis: 0, endMillis: 60_000, stepMillis: 1000 };

test('keeps the chosen values in the URL', () => {
  const items = writeChosen(['pod=a', 'service=x'], 'service', ['b=c', 'd']);
  assert.deepEqual(items, ['pod=a', 'service=b=c', 'service=d']);
  assert.deepEqual(
    [...readChosen([...items, '=x', 'y'])],
    [
      ['pod', ['a']],
      ['service', ['b=c', 'd']],
    ],
  );
});

test('chooses values of the URL, then those of the board that the store has, then the first one', () => {
  assert.deepEqual(chosenOf(variable(), ['a', 'b'], ['z']), ['z']);
  assert.deepEqual(chosenOf(variable({ multi: false }), ['a', 'b'], ['y', 'z']), ['z']);
  assert.deepEqual(chosenOf(variable({ value: ['b', 'gone'] }), ['a', 'b'], undefined), ['b']);
  assert.deepEqual(chosenOf(variable({ value: ['gone'] }), ['a', 'b'], undefined), [ALL]);
  assert.deepEqual(chosenOf(variable({ value: ['gone'], all: false }), ['a', 'b'], undefined), ['a']);
  assert.deepEqual(chosenOf(variable({ all: false }), undefined, undefined), []);
});

test('puts values into queries as each language needs them', () => {
  const chosen = (values: readonly string[], more?: Partial<BoardVariable>): readonly ChosenVariable[] => [
    { variable: variable(more), options: ['a.b', 'c'], chosen: values },
  ];
  const promql = (variables: readonly ChosenVariable[], text = '{job=~"$service"}') =>
    expandMacros(text, window, variablesFor(variables, 'promql')).text;
  assert.equal(promql(chosen(['a.b'])), '{job=~"a.b"}');
  assert.equal(promql(chosen(['a.b', 'c'])), '{job=~"(a\\.b|c)"}');
  assert.equal(promql(chosen([ALL])), '{job=~".+"}');
  assert.equal(promql(chosen([ALL]), `{job=~"\${service:regex}"}`), '{job=~".+"}');
  assert.equal(promql(chosen([ALL], { allValue: '.*' })), '{job=~".*"}');
  const sql = expandMacros(`IN (\${service:sqlstring})`, window, variablesFor(chosen([ALL]), 'sql')).text;
  assert.equal(sql, "IN ('a.b','c')");
  const where = ['service = $service', 'status = error', 'name = $other'];
  assert.deepEqual(expandWhere(where, chosen([ALL])), where.slice(1));
  assert.deepEqual(expandWhere(where, chosen(['c'])), ['service = c', ...where.slice(1)]);
  assert.deepEqual(expandWhere(where, chosen(['a.b', 'c'])), ['service ~ ^(a\\.b|c)$', ...where.slice(1)]);
});
