import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoardError, readBoard } from './read-board.ts';

const place = { x: 0, y: 0, w: 6, h: 4 };
const query = { id: 'a', kind: 'query', language: 'promql', queries: [{ text: 'up' }], shape: 'lines', place };

test('reads a board, with the settings that it leaves out', () => {
  const board = readBoard({
    version: 1,
    variables: [{ name: 'service', source: { from: 'spans', label: 'service' }, multi: true }],
    panels: [
      query,
      {
        ...query,
        id: 'c',
        overrides: [{ by: 'query', of: 'A', unit: 's', hidden: true }],
        repeat: { variable: 'service', direction: 'down' },
      },
      { id: 'b', kind: 'text', text: '<b>', place, more: 'ignored' },
    ],
  });
  assert.deepEqual(board.panels[0], {
    id: 'a',
    title: '',
    place,
    kind: 'query',
    language: 'promql',
    queries: [{ text: 'up' }],
    shape: 'lines',
    unit: '',
    reduce: 'last',
    thresholds: [],
    limits: false,
  });
  // The other panels have the same place, and move below the first.
  assert.deepEqual(board.panels[2]?.place, { ...place, y: 8 });
  assert.deepEqual(board.panels[1]?.repeat, { variable: 'service', direction: 'down', perRow: 4 });
  assert.equal(board.variables[0]?.label, 'service');
  assert.deepEqual(readBoard(JSON.parse(JSON.stringify(board))), board);
});

test('says where a document is wrong', () => {
  const panels = (panel: object) => ({ version: 1, panels: [{ ...query, ...panel }] });
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [null, /^board: expected an object, got null$/],
    ['x'.repeat(1e6), /^board: expected an object, got "x{59}…$/],
    [{}, /^version: expected 1, got nothing$/],
    [{ version: 2, panels: [] }, /^version: this page reads boards of version 1, got 2, which a newer otelier/],
    [{ version: 1 }, /^panels: expected a list, got nothing$/],
    [{ version: 1, panels: Array.from({ length: 501 }) }, /^panels: expected at most 500 items, got 501$/],
    [panels({ kind: 'iframe' }), /^panels\[0\]\.kind: expected query, .* or row, got "iframe"$/],
    [panels({ language: 'constructor' }), /^panels\[0\]\.language: expected sql, .*, got "constructor"$/],
    [
      panels({ queries: [{ text: 'x'.repeat(20_001) }] }),
      /queries\[0\]\.text: expected at most 20000 characters, got 20001/,
    ],
    [panels({ place: { ...place, x: 7 } }), /^panels\[0\]\.place\.w: expected a whole number from 1 to 5, got 6$/],
    [panels({ place: { ...place, h: 1e9 } }), /place\.h: expected a whole number from 1 to 100, got 1000000000$/],
    [panels({ title: { toString: 1 } }), /^panels\[0\]\.title: expected a text, got {"toString":1}$/],
    [
      panels({ overrides: [{ by: 'pattern', of: '(' }] }),
      /overrides\[0\]\.of: expected a regular expression, got "\("$/,
    ],
    [
      panels({ overrides: [{ by: 'name', of: 'a', color: 'url(x)' }] }),
      /overrides\[0\]\.color: expected ok, .*got "url/,
    ],
    [panels({ repeat: { variable: 'a b', direction: 'right' } }), /repeat\.variable: expected letters/],
    [panels({ repeat: { variable: 'a', direction: 'up' } }), /repeat\.direction: expected right or down, got "up"$/],
    [panels({ repeat: { variable: 'a', direction: 'down', perRow: 1e9 } }), /perRow: expected a whole number from 1/],
    [panels({ max: '1' }), /^panels\[0\]\.max: expected a number, got "1"$/],
    [{ version: 1, panels: [query, query] }, /^panels: two have the id "a"$/],
    [{ version: 1, panels: [], variables: [{ name: '__proto__' }] }, /variables\[0\]\.name: expected letters, digits/],
    [{ version: 1, panels: [], variables: [{ name: 'x', source: { from: 'sql' } }] }, /source\.from: expected metrics/],
  ];
  for (const [document, message] of cases) {
    assert.throws(
      () => readBoard(document),
      (error) => error instanceof BoardError && message.test(error.message),
      message.source,
    );
  }
});
