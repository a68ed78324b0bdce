import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { AUDIT_FILE, AuditLog, HEAD_FILE } from './audit-log.ts';
import type { AuditEvent } from './entry.ts';
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

function read(directory: string) {
  return {
    log: readFileSync(join(directory, AUDIT_FILE)),
    head: readFileSync(join(directory, HEAD_FILE), 'utf8'),
    key: readPublicKey(join(directory, PUBLIC_KEY_FILE)),
  };
}

test('an intact log verifies, also after a restart and a crash in the middle of a line', async (t) => {
  const directory = await writeLog(t);
  const before = read(directory);
  assert.equal(verifyAuditLog(before.log, before.head, before.key).kind, 'intact');
  appendFileSync(join(directory, AUDIT_FILE), 'a line that was cut o');
  const log = open(directory);
  log.record(eventOf(99));
  await log.close();
  const { log: bytes, head, key } = read(directory);
  const result = verifyAuditLog(bytes, head, key);
  assert.deepEqual([result.kind, result.kind === 'intact' && result.entries], ['intact', ENTRIES + 1]);
});

test('finds each of 1,000 changed, removed, repeated, moved, truncated and foreign lines, with its position', async (t) => {
  const { log, head, key } = read(await writeLog(t));
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
  fc.assert(
    fc.property(mutation, ({ bytes, line }) => {
      const result = verifyAuditLog(bytes, head, key);
      assert.equal(result.kind, 'damaged');
      assert.equal(result.kind === 'damaged' && result.line, line);
      found += 1;
    }),
    { numRuns: 1000, seed: 21 },
  );
  assert.equal(found, 1000);
});

test('a head that is missing, older log with a newer head, or foreign head is found', async (t) => {
  const directory = await writeLog(t);
  const { log, head, key } = read(directory);
  assert.match(JSON.stringify(verifyAuditLog(log, undefined, key)), /the head is missing/);
  assert.match(JSON.stringify(verifyAuditLog(new Uint8Array(), head, key)), /entries 1 to 8 are missing at the end/);
  const other = read(await writeLog(t));
  assert.match(JSON.stringify(verifyAuditLog(log, other.head, key)), /head: the signature does not match/);
  assert.match(JSON.stringify(verifyAuditLog(other.log, other.head, key)), /"line":1,.*signature does not match/);
});

test('does not append to a log whose last line was changed', async (t) => {
  const directory = await writeLog(t);
  appendFileSync(join(directory, AUDIT_FILE), `${'A'.repeat(86)} {"sequence":9}\n`);
  assert.throws(() => open(directory), /the last line is damaged: the signature does not match.*otelier audit verify/);
});
