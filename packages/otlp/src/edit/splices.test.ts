import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldReader } from '../wire/reader.ts';
import { WireWriter } from '../wire/writer.ts';
import { Splices } from './splices.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test('applies removals, replacements and insertions in any order of recording', () => {
  const splices = new Splices();
  splices.insert(10, bytesOf('!'));
  splices.replace(4, 6, bytesOf('XYZ'));
  splices.remove(0, 2);
  splices.insert(10, bytesOf('?'));
  splices.remove(6, 8);
  splices.insert(6, bytesOf('-'));
  assert.equal(textOf(splices.apply(bytesOf('0123456789'))), '23XYZ-89!?');
});

test('applies random changes like a list of characters', () => {
  const change = fc.record({
    at: fc.nat(199),
    length: fc.nat(60),
    text: fc.string({ maxLength: 90, unit: 'binary-ascii' }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.nat(1000), (changes, seed) => {
      const source = Array.from({ length: 200 }, (_, i) => String.fromCharCode(97 + (i % 26)));
      const disjoint = changes
        .sort((a, b) => a.at - b.at)
        .map((c, i, all) => ({ ...c, end: Math.min(c.at + c.length, all[i + 1]?.at ?? 200, 200) }))
        .filter((c, i, all) => c.at !== all[i - 1]?.at);
      const expected = disjoint.reduceRight<string[]>(
        (chars, { at, end, text }) => chars.toSpliced(at, end - at, ...text),
        source,
      );
      const splices = new Splices();
      // The order does not matter, so it is rotated.
      const shift = disjoint.length === 0 ? 0 : seed % disjoint.length;
      for (const { at, end, text } of [...disjoint.slice(shift), ...disjoint.slice(0, shift)]) {
        if (text === '') splices.remove(at, end);
        else splices.replace(at, end, bytesOf(text));
      }
      assert.equal(textOf(splices.apply(bytesOf(source.join('')))), expected.join(''));
    }),
    { seed: 20_261_130 },
  );
});

/** Encodes a nested message, `{1: {2: text}}`. */
function nested(text: string): Uint8Array {
  const writer = new WireWriter();
  writer.open(1);
  writer.stringField(2, text);
  writer.close();
  return writer.finish();
}

test('recomputes the lengths of all messages around a change, even if their size changes', () => {
  for (const [before, after] of [
    [3, 5],
    [3, 200],
    [200, 3],
    [120, 130],
    [130, 20_000],
    [20_000, 0],
  ] as const) {
    const bytes = nested('x'.repeat(before));
    const outer = new FieldReader(bytes);
    outer.next();
    const inner = new FieldReader(bytes, outer.valueStart, outer.valueEnd);
    inner.next();
    const splices = new Splices();
    splices.open(outer.start + 1);
    splices.open(inner.start + 1);
    splices.replace(inner.valueStart, inner.valueEnd, bytesOf('y'.repeat(after)));
    splices.close(inner.valueStart, inner.valueEnd);
    splices.close(outer.valueStart, outer.valueEnd);
    assert.deepEqual(splices.apply(bytes), nested('y'.repeat(after)));
  }
});

test('ignores an open message without changes and an abandoned one', () => {
  const splices = new Splices();
  splices.open(1);
  splices.close(2, 9);
  splices.open(1);
  splices.insert(4, bytesOf('gone'));
  splices.abandon();
  assert.ok(splices.isEmpty);
  assert.equal(textOf(splices.apply(bytesOf('abc'))), 'abc');
});

test('rejects overlapping changes, and apply() while a message is open', () => {
  const splices = new Splices();
  splices.remove(0, 5);
  splices.remove(3, 6);
  assert.throws(() => splices.apply(bytesOf('0123456789')), /changes overlap at offset 3/);
  const open = new Splices();
  open.open(0);
  assert.throws(() => open.apply(bytesOf('x')), /1 messages still open/);
});
