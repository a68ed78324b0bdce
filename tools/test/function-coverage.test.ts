import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { coveredPercent } from './function-coverage.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-function-coverage-'));
after(() => rmSync(root, { recursive: true, force: true }));

test('counts the lines of called functions, of source files only', () => {
  const source = 'export function a() {\n  return 1;\n}\nexport function b() {\n  return 2;\n}\n';
  const second = source.indexOf('export function b');
  mkdirSync(join(root, 'src', 'parts'), { recursive: true });
  writeFileSync(join(root, 'src', 'called.ts'), source);
  writeFileSync(join(root, 'src', 'parts', 'data.jsonl'), '{}\n'.repeat(100));
  const records = join(root, 'records');
  mkdirSync(records);
  const percent = () => coveredPercent(root, records, ['src/**'], ['**/*.test.ts']);
  const record = (name: string, first: number, other: number) =>
    writeFileSync(
      join(records, name),
      JSON.stringify([
        [
          'src/called.ts',
          [
            [0, source.length, 1],
            [7, second - 1, first],
            [second + 7, source.length - 1, other],
          ],
        ],
      ]),
    );
  assert.equal(percent(), 0);
  record('1.json', 1, 0);
  assert.equal(Math.round(percent()), 67);
  record('2.json', 0, 1);
  assert.equal(percent(), 100);
});
