import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { signStatement } from './sign.ts';

test('signs with one key, and sets a damaged key aside without losing statements', () => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-proof-'));
  try {
    const path = join(directory, 'removals', 'key.pem');
    const first = signStatement(directory, 'a', { tenant: 'a' });
    assert.equal(signStatement(directory, 'b', { tenant: 'b' }).publicKey, first.publicKey);
    for (const damage of ['', readFileSync(path, 'utf8').slice(0, 60), 'x'.repeat(100)]) {
      writeFileSync(path, damage);
      const proof = signStatement(directory, 'c', { tenant: 'c' });
      assert.notEqual(proof.publicKey, first.publicKey);
      const signature = Buffer.from(proof.signature, 'base64');
      assert.ok(verify(null, Buffer.from(proof.statement), proof.publicKey, signature));
    }
    assert.deepEqual(JSON.parse(readFileSync(join(directory, 'removals', 'a.json'), 'utf8')), first);
    assert.deepEqual(readdirSync(join(directory, 'removals')).sort(), [
      ...['a.json', 'b.json', 'c.json', 'key.pem', 'key.pem.damaged'],
    ]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
