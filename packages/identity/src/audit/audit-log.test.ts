import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { AUDIT_FILE, AuditLog, HEAD_FILE } from './audit-log.ts';
import type { AuditEvent } from './entry.ts';
import { exportAuditLog, searchAuditLog } from './read-entries.ts';
import { PUBLIC_KEY_FILE, readPublicKey } from './signing-key.ts';
import { verifyAuditLog } from './verify.ts';

const ENTRIES = 8;

function eventOf(index: number): AuditEvent {
  return {
    timeMillis: 1_800_000_000_000 + index,
    subject: `user:ü${index % 3}@example.com`,
    action: 'key.create',
    outcome: 'allowed',
    address: '192.0.2.1',
  };
}

function open(directory: string): AuditLog {
  return AuditLog.open({ directory, onError: (error) => assert.fail(String(error)) });
}

async function writeLog(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-audit-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const log = open(directory);
  for (let index = 0; index < ENTRIES; index += 1) {
    log.record(eventOf(index));
    if (index % 3 === 0) await log.flush();
  }
  await log.close();
  return directory;
}

const keyOf = (directory: string) => readPublicKey(join(directory, PUBLIC_KEY_FILE));
const verify = (directory: string) => verifyAuditLog(directory, keyOf(directory));

function read(directory: string) {
  return {
    log: readFileSync(join(directory, AUDIT_FILE)),
    head: readFileSync(join(directory, HEAD_FILE), 'utf8'),
  };
}

test('an intact log verifies, also after a restart and a crash in the middle of a line', async (t) => {
  const directory = await writeLog(t);
  assert.equal((await verify(directory)).kind, 'intact');
  appendFileSync(join(directory, AUDIT_FILE), 'a line that was cut o');
  const log = open(directory);
  log.record(eventOf(99));
  await log.close();
  const result = await verify(directory);
  assert.deepEqual([result.kind, result.kind === 'intact' && result.entries], ['intact', ENTRIES + 1]);
});

test('finds each of 1,000 changed, removed, repeated, moved, truncated and foreign lines, with its position', async (t) => {
  const directory = await writeLog(t);
  const { log } = read(directory);
  const lines = log.toString('utf8').trimEnd().split('\n');
  const other = read(await writeLog(t));
  const foreign = other.log.toString('utf8').split('\n');
  const position = fc.nat(ENTRIES - 1);
  const joined = (changed: readonly string[]) => Buffer.from(changed.map((line) => `${line}\n`).join(''));
  const mutation = fc.oneof(
    fc.tuple(fc.nat(log.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
      const bytes = Buffer.from(log);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      return { bytes, line: log.subarray(0, at).toString('latin1').split('\n').length };
    }),
    position.map((at) => ({ bytes: joined(lines.toSpliced(at, 1)), line: at + 1 })),
    position.map((at) => ({ bytes: joined(lines.toSpliced(at, 0, lines[at] ?? '')), line: at + 2 })),
    fc
      .tuple(position, position)
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => {
        const moved = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '');
        return { bytes: joined(moved), line: Math.min(a, b) + 1 };
      }),
    fc.nat(log.length - 1).map((end) => ({
      bytes: log.subarray(0, end),
      line: log.subarray(0, end).toString('latin1').split('\n').length,
    })),
    position.map((at) => ({ bytes: joined(lines.with(at, foreign[at] ?? '')), line: at + 1 })),
  );
  let found = 0;
  await fc.assert(
    fc.asyncProperty(mutation, async ({ bytes, line }) => {
      writeFileSync(join(directory, AUDIT_FILE), bytes);
      const result = await verify(directory);
      assert.equal(result.kind, 'damaged');
      assert.equal(result.kind === 'damaged' && result.line, line);
      found += 1;
    }),
    { numRuns: 1000, seed: 21 },
  );
  assert.equal(found, 1000);
});

test('a head that is missing, older log with a newer head, or foreign head is found', async (t) => {
  const [directory, other] = [await writeLog(t), await writeLog(t)];
  const { log, head } = read(directory);
  const reasonWith = async (bytes: Uint8Array, file: string | undefined, key = keyOf(directory)) => {
    writeFileSync(join(directory, AUDIT_FILE), bytes);
    if (file === undefined) rmSync(join(directory, HEAD_FILE));
    else writeFileSync(join(directory, HEAD_FILE), file);
    return JSON.stringify(await verifyAuditLog(directory, key));
  };
  assert.match(await reasonWith(log, undefined), /the head is missing/);
  assert.match(await reasonWith(new Uint8Array(), head), /entries 1 to 8 are missing at the end/);
  const { log: foreignLog, head: foreignHead } = read(other);
  assert.match(await reasonWith(log, foreignHead), /head: the signature does not match/);
  assert.match(await reasonWith(foreignLog, foreignHead), /"line":1,.*signature does not match/);
});

test('finds entries from the newest on, in pages, and marks those whose signature does not match', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-audit-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const log = open(directory);
  // More than two chunks, with lines of different lengths over their borders.
  const count = 900;
  for (let index = 0; index < count; index += 1)
    log.record({
      ...eventOf(index),
      action: index % 300 === 7 ? 'role.change' : 'key.create',
      target: 'ü'.repeat(index % 50),
    });
  await log.close();
  const file = join(directory, AUDIT_FILE);
  const key = keyOf(directory);
  const seen: number[] = [];
  let before: number | undefined;
  do {
    const page = await searchAuditLog(file, { limit: 130, before }, key);
    seen.push(...page.entries.map(({ sequence }) => sequence));
    assert.ok(page.entries.every(({ isIntact }) => isIntact));
    before = page.next;
  } while (before !== undefined);
  assert.deepEqual(
    seen,
    Array.from({ length: count }, (_, index) => count - index),
  );

  const find = async (query: Partial<Parameters<typeof searchAuditLog>[1]>) =>
    (await searchAuditLog(file, { limit: 1000, ...query }, key)).entries.map(({ sequence }) => sequence);
  assert.deepEqual(await find({ search: 'ROLE.' }), [608, 308, 8]);
  assert.deepEqual(
    await find({ action: 'role.', startMillis: eventOf(300).timeMillis, endMillis: eventOf(607).timeMillis }),
    [308],
  );
  assert.deepEqual(
    [(await find({ subject: 'user:ü1@example.com' })).length, (await find({ outcome: 'denied' })).length],
    [300, 0],
  );
  for (const hostile of [-1, 3, 1.5e15, Number.MAX_SAFE_INTEGER]) await find({ before: Math.max(0, hostile) });

  const lines: string[] = [];
  for await (const text of exportAuditLog(file, { action: 'role.' })) lines.push(...text.split('\n').filter(Boolean));
  const { signature, ...entry } = JSON.parse(lines[0] ?? '');
  assert.deepEqual([lines.length, entry.sequence], [3, 8]);
  const original = readFileSync(file, 'utf8').split('\n')[7];
  assert.equal(`${signature} ${JSON.stringify(entry)}`, original, 'an exported entry can be verified');

  appendFileSync(file, `${'A'.repeat(86)} ${JSON.stringify({ ...entry, sequence: 901 })}\nnot an entry\ncut o`);
  const { entries } = await searchAuditLog(file, { limit: 2 }, key);
  assert.deepEqual(
    entries.map(({ sequence, isIntact }) => [sequence, isIntact]),
    [
      [901, false],
      [900, true],
    ],
  );
});

test('opens a log whose last line is longer than what is read at once', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-audit-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const target of ['x'.repeat(200_000), 'short']) {
    const log = open(directory);
    log.record({ ...eventOf(1), target });
    await log.close();
  }
  assert.equal((await verify(directory)).kind, 'intact');
});

test('does not append to a log whose last line was changed', async (t) => {
  const directory = await writeLog(t);
  appendFileSync(join(directory, AUDIT_FILE), `${'A'.repeat(86)} {"sequence":9}\n`);
  assert.throws(() => open(directory), /the last line is damaged: the signature does not match.*otelier audit verify/);
});
