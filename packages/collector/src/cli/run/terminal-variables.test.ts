import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalVariables } from './terminal-variables.ts';

const TERMINAL = { isTTY: true, columns: 120, getColorDepth: () => 24 };
const COLORS = { FORCE_COLOR: '3', CLICOLOR_FORCE: '1', CARGO_TERM_COLOR: 'always', PY_COLORS: '1' };

test('asks for the colors and the width of the terminal', () => {
  assert.deepEqual(terminalVariables(TERMINAL, {}), { PYTHONUNBUFFERED: '1', COLUMNS: '120', ...COLORS });
  assert.equal(terminalVariables({ ...TERMINAL, getColorDepth: () => 4 }, {})['FORCE_COLOR'], '1');
});

test('asks for no colors where the output is no terminal, or one without colors', () => {
  assert.deepEqual(terminalVariables({}, {}), { PYTHONUNBUFFERED: '1' });
  assert.deepEqual(Object.keys(terminalVariables({ ...TERMINAL, getColorDepth: () => 1 }, {})), [
    'PYTHONUNBUFFERED',
    'COLUMNS',
  ]);
});

test('leaves the decision about colors to the user', () => {
  for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CLICOLOR_FORCE'])
    assert.equal(terminalVariables(TERMINAL, { [name]: '' })['CARGO_TERM_COLOR'], undefined, name);
});
