import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { CASES } from './cases.ts';
import { DIFFERENCES } from './differences.ts';
import { readOutcomes } from './outcomes.ts';
import { runHere } from './run-here.ts';

// As in the recording, times without a zone are in UTC.
process.env['TZ'] = 'UTC';

const root = mkdtempSync(join(tmpdir(), 'stanza-'));
after(() => rmSync(root, { recursive: true }));

const outcomes = readOutcomes();

test('operators and files treat the cases like the Collector', async () => {
  assert.deepEqual(
    outcomes.names,
    CASES.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  const differing: string[] = [];
  for (const [index, one] of CASES.entries()) {
    const directory = join(root, `case-${index}`);
    const path = join(directory, pathOf(one.file ?? 'app.log'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(one.input, one.encoding ?? 'utf8'));
    const expected = outcomes.lines[index]?.length ?? 0;
    const here = await runHere(one, path, directory, outcomes.recordedMillis, expected);
    if (JSON.stringify(here) === JSON.stringify(outcomes.lines[index])) continue;
    differing.push(one.name);
    if (DIFFERENCES.has(one.name)) continue;
    const there = outcomes.lines[index] ?? [];
    const only = (a: readonly string[], b: readonly string[]) => a.filter((line) => !b.includes(line));
    assert.deepEqual({ name: one.name, here: only(here, there) }, { name: one.name, here: only(there, here) });
    assert.equal(here.length, there.length, one.name);
  }
  assert.deepEqual(differing, [...DIFFERENCES.keys()]);
});

test('at most 1 % of the cases differ', () => {
  assert.ok(CASES.length >= 150, `${CASES.length} cases`);
  assert.ok(DIFFERENCES.size <= CASES.length / 100, `${DIFFERENCES.size} of ${CASES.length} differ`);
});

/** Names with underscores are those of a container: `namespace_pod_uid_container_restarts.log`. */
function pathOf(file: string): string {
  const parts = file.split('_');
  return parts.length > 1 ? join(parts.slice(0, 3).join('_'), ...parts.slice(3)) : file;
}
