import assert from 'node:assert/strict';
import { test } from 'node:test';
import { totpAt, totpStep, verifyTotp } from './totp.ts';

const SECRET = Buffer.from('12345678901234567890');

test('calculates the codes of RFC 6238, appendix B, in six digits', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ] as const)
    assert.equal(totpAt(SECRET, totpStep(seconds * 1000)), code);
});

test('accepts a code of the step before, of now and after, once', () => {
  const now = 1_111_111_111_000;
  const step = totpStep(now);
  for (const offset of [-1, 0, 1])
    assert.equal(verifyTotp(SECRET, totpAt(SECRET, step + offset), now, 0), step + offset);
  for (const offset of [-2, 2]) assert.equal(verifyTotp(SECRET, totpAt(SECRET, step + offset), now, 0), undefined);
  assert.equal(verifyTotp(SECRET, totpAt(SECRET, step), now, step), undefined);
  for (const code of ['', '1', 'abcdef', '1234567', ' 12345'])
    assert.equal(verifyTotp(SECRET, code, now, 0), undefined);
});
