import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@otelier/testkit/seeded';
import fc from 'fast-check';
import { decryptFf1, encryptFf1, minLength } from './ff1.ts';

const KEY = '2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94';
const TWEAK = '39383736353433323130';
const LETTERS = '3737373770717273373737';

// The samples that NIST publishes with SP 800-38G.
for (const [bytes, tweak, radix, plain, sealed] of [
  [16, '', 10, '0123456789', '2433477484'],
  [16, TWEAK, 10, '0123456789', '6124200773'],
  [16, LETTERS, 36, '0123456789abcdefghi', 'a9tv40mll9kdu509eum'],
  [24, '', 10, '0123456789', '2830668132'],
  [24, TWEAK, 10, '0123456789', '2496655549'],
  [24, LETTERS, 36, '0123456789abcdefghi', 'xbj3kv35jrawxv32ysr'],
  [32, '', 10, '0123456789', '6657667009'],
  [32, TWEAK, 10, '0123456789', '1001623463'],
  [32, LETTERS, 36, '0123456789abcdefghi', 'xs8a0azh2avyalyzuwd'],
] as const) {
  test(`FF1 with AES-${bytes * 8}, radix ${radix} and tweak "${tweak}" turns ${plain} into ${sealed}`, () => {
    const key = Buffer.from(KEY, 'hex').subarray(0, bytes);
    const numerals = [...plain].map((char) => Number.parseInt(char, radix));
    const encrypted = encryptFf1(key, Buffer.from(tweak, 'hex'), radix, numerals);
    assert.equal(encrypted.map((numeral) => numeral.toString(radix)).join(''), sealed);
    assert.deepEqual(decryptFf1(key, Buffer.from(tweak, 'hex'), radix, encrypted), numerals);
  });
}

test('FF1 reverses numerals of any radix and length', () => {
  const key = Buffer.from(KEY, 'hex');
  const numerals = fc
    .integer({ min: 2, max: 64 })
    .chain((radix) =>
      fc.tuple(
        fc.constant(radix),
        fc.array(fc.nat(radix - 1), { minLength: minLength(radix), maxLength: 60 }),
        fc.uint8Array({ maxLength: 40 }),
      ),
    );
  fc.assert(
    fc.property(numerals, ([radix, plain, tweak]) => {
      const encrypted = encryptFf1(key, tweak, radix, plain);
      assert.equal(encrypted.length, plain.length);
      assert.ok(encrypted.every((numeral) => numeral >= 0 && numeral < radix));
      assert.deepEqual(decryptFf1(key, tweak, radix, encrypted), plain);
    }),
    seeded(),
  );
});

test('FF1 refuses fewer numerals than are secure', () => {
  assert.equal(minLength(10), 6);
  assert.throws(
    () => encryptFf1(Buffer.from(KEY, 'hex'), Buffer.alloc(0), 10, [1, 2, 3, 4, 5]),
    /expected 6 to 65536 numerals, got 5/,
  );
});
