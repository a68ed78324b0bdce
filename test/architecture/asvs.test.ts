import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './sources.ts';

/** The number of requirements of levels 1 and 2 in each section of ASVS 5.0.0. In each they are numbered from 1. */
const SECTIONS: Readonly<Record<string, readonly (readonly [section: number, requirements: number])[]>> = {
  1: [
    [1, 2],
    [2, 9],
    [3, 11],
    [4, 3],
    [5, 2],
  ],
  2: [
    [1, 3],
    [2, 3],
    [3, 4],
    [4, 1],
  ],
  3: [
    [2, 2],
    [3, 4],
    [4, 6],
    [5, 5],
    [7, 2],
  ],
  4: [
    [1, 3],
    [2, 1],
    [3, 2],
    [4, 4],
  ],
  5: [
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 3],
  ],
  6: [
    [1, 3],
    [2, 12],
    [3, 4],
    [4, 4],
    [5, 5],
    [6, 3],
    [8, 4],
  ],
  7: [
    [1, 3],
    [2, 4],
    [3, 2],
    [4, 5],
    [5, 2],
    [6, 2],
  ],
  8: [
    [1, 2],
    [2, 3],
    [3, 1],
    [4, 1],
  ],
  9: [
    [1, 3],
    [2, 4],
  ],
  10: [
    [1, 2],
    [2, 2],
    [3, 4],
    [4, 11],
    [5, 5],
    [6, 2],
    [7, 3],
  ],
  11: [
    [1, 2],
    [2, 3],
    [3, 3],
    [4, 4],
    [5, 1],
    [6, 1],
  ],
  12: [
    [1, 3],
    [2, 2],
    [3, 4],
  ],
  13: [
    [1, 1],
    [2, 5],
    [3, 2],
    [4, 5],
  ],
  14: [
    [1, 2],
    [2, 4],
    [3, 3],
  ],
  15: [
    [1, 3],
    [2, 3],
    [3, 7],
  ],
  16: [
    [1, 1],
    [2, 5],
    [3, 4],
    [4, 3],
    [5, 3],
  ],
  17: [
    [1, 1],
    [2, 4],
    [3, 2],
  ],
};

const ALL: readonly string[] = Object.entries(SECTIONS).flatMap(([chapter, sections]) =>
  sections.flatMap(([section, count]) =>
    Array.from({ length: count }, (_, index) => `${chapter}.${section}.${index + 1}`),
  ),
);

interface Row {
  readonly requirements: readonly string[];
  readonly status: string;
  readonly text: string;
  readonly files: readonly string[];
}

const rows = readFileSync(join(root, 'docs', 'asvs.md'), 'utf8')
  .split('\n')
  .flatMap((line): Row[] => {
    const [, range = '', status = '', text = '', evidence = ''] = line.split('|').map((cell) => cell.trim());
    if (!/^\d+\.\d+\.\d+/.test(range)) return [];
    return [
      {
        ...{ status, text, requirements: requirementsIn(range) },
        files: [...evidence.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
      },
    ];
  });

/** Returns the requirements of a range such as `6.2.1–6.2.3`. */
function requirementsIn(range: string): readonly string[] {
  const [first = '', last = first] = range.split('–');
  const from = ALL.indexOf(first);
  const to = ALL.indexOf(last);
  assert.ok(from >= 0 && to >= from, `${range}: expected requirements of level 1 or 2`);
  return ALL.slice(from, to + 1);
}

test('the table of ASVS has every requirement of level 2 once, and the evidence that it names exists', () => {
  assert.equal(ALL.length, 253);
  const listed = rows.flatMap(({ requirements }) => requirements);
  assert.deepEqual(listed, ALL);
  for (const { requirements, status, text, files } of rows) {
    const [first] = requirements;
    assert.ok(['met', 'partly', 'open', 'not applicable'].includes(status), `${first}: ${status}`);
    assert.ok(text.length > 5, `${first}: expected how it is met, or a reason`);
    assert.ok(files.length > 0 || status === 'not applicable', `${first}: expected evidence`);
    for (const file of files) assert.ok(existsSync(join(root, file)), `${first}: ${file} does not exist`);
  }
});
