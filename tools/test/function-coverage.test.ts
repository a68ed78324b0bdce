import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { coverageArguments, coveredPercent } from './function-coverage.ts';

const COUNTED = `export function called(flag) {
  if (flag) {
    return 1;
  }
  return [2].map((x) => x);
}
export function unused() {
  return 3;
}
`;

test('counts the lines of functions that any test process called', async () => {
  const root = await mkdtemp(join(tmpdir(), 'otelier-coverage-'));
  try {
    const record = join(root, 'record');
    await writeFile(join(root, 'counted.mjs'), COUNTED);
    await writeFile(join(root, 'never.mjs'), 'export const never = 1;\n');
    // Only sources count.
    await mkdir(join(root, 'parts'));
    await writeFile(join(root, 'data.jsonl'), '{}\n'.repeat(100));
    const args = coverageArguments(root, record);
    const percent = () => coveredPercent(root, record, ['*'], ['use*.mjs']);
    assert.equal(percent(), 0);
    for (const [name, covered] of Object.entries({ called: 7, unused: 9 })) {
      const file = join(root, `use-${name}.mjs`);
      await writeFile(file, `import { ${name} } from './counted.mjs'; ${name}();`);
      await promisify(execFile)(process.execPath, [...args, file]);
      assert.equal(percent(), (100 * covered) / 10, name);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
