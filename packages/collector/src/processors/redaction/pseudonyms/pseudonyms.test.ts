import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pseudonyms } from './pseudonyms.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const pseudonyms = new Pseudonyms(KEY, 'shop');

test('the same value has the same pseudonym, in each spelling', () => {
  const one = pseudonyms.pseudonym('card', '4111 1111 1111 1111');
  assert.match(one, /^card_[0-9a-f]{32}$/);
  assert.equal(pseudonyms.pseudonym('card', '4111-1111-1111-1111'), one);
  assert.equal(new Pseudonyms(KEY, 'shop').pseudonym('card', '4111111111111111'), one);
  assert.equal(pseudonyms.pseudonym('email', 'A.B@Example.com'), pseudonyms.pseudonym('email', 'a.b%40example.com'));
});

test('pseudonyms differ by value, kind, tenant and key', () => {
  const all = [
    pseudonyms.pseudonym('card', '4111111111111111'),
    pseudonyms.pseudonym('card', '4242424242424242'),
    pseudonyms.pseudonym('iban', '4111111111111111').replace('iban', 'card'),
    new Pseudonyms(KEY, 'search').pseudonym('card', '4111111111111111'),
    new Pseudonyms(`${KEY}x`, 'shop').pseudonym('card', '4111111111111111'),
  ];
  assert.equal(new Set(all).size, all.length);
});

test('a pseudonym of the same format has digits for digits and letters for letters', () => {
  for (const value of [
    '4111 1111 1111 1111',
    'GB82 WEST 1234 5698 7654 32',
    'jörg.müller+1@example.com',
    '+49 (0)30 901820',
    'AB',
    '7',
    '',
    '..',
  ]) {
    const made = pseudonyms.keepFormat('phone', value);
    const shape = (text: string): string =>
      text
        .replace(/[0-9]/g, '9')
        .replace(/[a-z\u0080-\uffff]/g, 'a')
        .replace(/[A-Z]/g, 'A');
    assert.equal(shape(made), shape(value));
    assert.equal(made, new Pseudonyms(KEY, 'shop').keepFormat('phone', value));
  }
  assert.notEqual(pseudonyms.keepFormat('card', '4111 1111 1111 1111'), '4111 1111 1111 1111');
});

test('distinct numbers have distinct pseudonyms of the same format', () => {
  const made = new Set(Array.from({ length: 200 }, (_, i) => pseudonyms.keepFormat('nl_bsn', String(100_000_000 + i))));
  assert.equal(made.size, 200);
});

test('long values get a short pseudonym', () => {
  assert.match(pseudonyms.keepFormat('jwt', 'a'.repeat(1000)), /^jwt_[0-9a-f]{32}$/);
});
