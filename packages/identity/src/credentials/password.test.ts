import assert from 'node:assert/strict';
import { test } from 'node:test';
import { passwordError } from './password.ts';
import { readCredentials } from './request-credentials.ts';

const EMAIL = 'ada.lovelace@example.com';

test('refuses common passwords, also with digits and punctuation around them, and what others know', () => {
  const common = /not among the most common passwords/;
  for (const password of ['1qaz2wsx3edc4rfv', 'Password123456', '!!password2026!!', '123456qwerty', 'FinalFantasy'])
    assert.match(passwordError(password, EMAIL) ?? '', common, password);
  for (const password of ['otelier-otelier', 'Ada.Lovelace-2026', 'example.com/otelier'])
    assert.match(passwordError(password, EMAIL) ?? '', /more than the address and the name/, password);
  assert.match(passwordError('elevenchars', EMAIL) ?? '', /at least 12 characters/);
  assert.match(passwordError('abababababab', EMAIL) ?? '', /at least 5 different characters/);
  assert.match(passwordError('x'.repeat(1025), EMAIL) ?? '', /at most 1024/);
});

test('accepts any composition, spaces, all scripts and long passwords', () => {
  for (const password of [
    'correct horse battery',
    'пароль от сервера',
    '密码密码一二三四五六七八',
    'yTr#9 q',
    'longer than '.repeat(80),
  ])
    assert.equal(passwordError(password.padEnd(12, ' x'), EMAIL), undefined, password);
});

test('prefers the cookie that only this host can set', () => {
  const read = (cookie: string) => readCredentials((name) => (name === 'cookie' ? cookie : undefined));
  const own = { kind: 'session', secret: 'own' };
  assert.deepEqual(read('otelier_identity=foreign; __Host-otelier_identity=own'), own);
  assert.deepEqual(read('a=b; otelier_identity=own'), own);
  assert.equal(read('__host-otelier_identity=own; x'), undefined);
});
