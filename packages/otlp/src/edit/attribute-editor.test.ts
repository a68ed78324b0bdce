import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AttributeValue, anyValueKind, readAnyValue, readEntries, writeKeyValue } from '../views/any-value.ts';
import { WireWriter } from '../wire/writer.ts';
import { AttributeEditor, EncodedAttribute, editAttributes, encodeKey } from './attribute-editor.ts';
import { Splices } from './splices.ts';

const FIELD = 9;
type Entry = readonly [string, AttributeValue];

function message(entries: readonly Entry[], before = 'name'): Uint8Array {
  const writer = new WireWriter();
  writer.stringField(5, before);
  for (const [key, value] of entries) {
    writer.open(FIELD);
    writeKeyValue(writer, key, value);
    writer.close();
  }
  writer.stringField(15, 'after');
  return writer.finish();
}

function edited(bytes: Uint8Array, edit: (editor: AttributeEditor) => void): readonly Entry[] | undefined {
  const result = editAttributes({ bytes, start: 0, end: bytes.length }, FIELD, edit);
  return result === undefined ? undefined : readEntries(result, 0, result.length, FIELD);
}

const ABC: readonly Entry[] = [
  ['a', 1],
  ['b', 'two'],
  ['c', true],
];

test('sets in place, appends, deletes, and leaves everything else unchanged', () => {
  const bytes = message(ABC);
  const result = editAttributes({ bytes, start: 0, end: bytes.length }, FIELD, (editor) => {
    editor.set(EncodedAttribute.of('b', 'x'.repeat(300)));
    assert.equal(editor.delete(encodeKey('a')), true);
    assert.equal(editor.delete(encodeKey('nope')), false);
    editor.set(EncodedAttribute.of('d', 4.5));
  });
  assert.deepEqual(readEntries(result ?? bytes, 0, result?.length ?? 0, FIELD), [
    ['b', 'x'.repeat(300)],
    ['c', true],
    ['d', 4.5],
  ]);
  assert.ok(new TextDecoder().decode(result).includes('after'));
});

test('reports no change when an insertion is deleted again or attributes are only read', () => {
  assert.equal(
    edited(message(ABC), (editor) => {
      editor.set(EncodedAttribute.of('new', 1));
      editor.delete(encodeKey('new'));
      assert.equal(editor.has(encodeKey('a')), true);
      assert.equal(editor.has(encodeKey('new')), false);
    }),
    undefined,
  );
});

test('reads see earlier changes', () => {
  edited(message(ABC), (editor) => {
    const read = (key: string): AttributeValue | 'missing' => {
      const value = editor.value(encodeKey(key));
      return value === undefined ? 'missing' : readAnyValue(value.bytes, value.start, value.end);
    };
    assert.equal(read('b'), 'two');
    editor.set(EncodedAttribute.of('b', 3));
    assert.equal(read('b'), 3);
    const b = editor.value(encodeKey('b'));
    assert.ok(b);
    editor.set(EncodedAttribute.ofRaw(encodeKey('copy'), b.bytes, b.start, b.end));
    assert.equal(read('copy'), 3);
    editor.delete(encodeKey('b'));
    assert.equal(read('b'), 'missing');
    editor.set(EncodedAttribute.of('b', 'again'));
    assert.equal(read('b'), 'again');
    assert.deepEqual(
      editor
        .keys()
        .map(({ name }) => name)
        .sort(),
      ['a', 'b', 'c', 'copy'],
    );
  });
});

test('deletes both values of a repeated key, and leaves one when it is set', () => {
  const bytes = message([
    ['secret', 1],
    ['x', 2],
    ['secret', 3],
    ['secret', 4],
  ]);
  assert.deepEqual(
    edited(bytes, (editor) => editor.delete(encodeKey('secret'))),
    [['x', 2]],
  );
  assert.deepEqual(
    edited(bytes, (editor) => editor.set(EncodedAttribute.of('secret', 9))),
    [
      ['secret', 9],
      ['x', 2],
    ],
  );
});

test('finds and deletes keys that are not UTF-8 by the bytes that `keys` returns', () => {
  const writer = new WireWriter();
  writer.open(FIELD);
  writer.bytesField(1, Uint8Array.of(0x61, 0xff));
  writer.close();
  const bytes = writer.finish();
  const result = edited(bytes, (editor) => {
    for (const { name, key } of editor.keys()) if (name === 'a\ufffd') editor.delete(key);
  });
  assert.deepEqual(result, []);
});

test('reuses one editor and one set of splices for many messages', () => {
  const writer = new WireWriter();
  const parts = [message(ABC), message([['a', 'second']], 'n2'), message([], 'n3')];
  for (const part of parts) writer.bytesField(2, part);
  const bytes = writer.finish();
  const editor = new AttributeEditor();
  const splices = new Splices();
  let offset = 0;
  for (const part of parts) {
    const start = offset + 2;
    splices.open(offset + 1);
    editor.reset(bytes, start, start + part.length, FIELD);
    editor.delete(encodeKey('a'));
    editor.set(EncodedAttribute.of('env', 'prod'));
    assert.equal(editor.record(splices), true);
    splices.close(start, start + part.length);
    offset = start + part.length;
  }
  for (const part of [
    message([...ABC.slice(1), ['env', 'prod']]),
    message([['env', 'prod']], 'n2'),
    message([['env', 'prod']], 'n3'),
  ]) {
    // `env` comes after the field that follows the attributes, so the field order differs from that of a new message.
    writer.bytesField(2, reordered(part));
  }
  assert.deepEqual(splices.apply(bytes), writer.finish());
});

/** Moves the last attribute to after the field that follows the attributes. */
function reordered(part: Uint8Array): Uint8Array {
  const tail = 2 + 'after'.length;
  const env = EncodedAttribute.of('env', 'prod').asField(FIELD);
  const head = part.subarray(0, part.length - tail - env.length);
  return Uint8Array.of(...head, ...part.subarray(part.length - tail), ...env);
}

test('edits match the same edits of a list of entries', () => {
  const key = fc.constantFrom('a', 'b', 'key', 'k'.repeat(150), '', 'ü');
  const value = fc.oneof(fc.string(), fc.boolean(), fc.integer(), fc.uint8Array({ maxLength: 200 }));
  const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k });
  const edit = fc.record({ key, value: fc.option(value, { nil: undefined }) });
  fc.assert(
    fc.property(entries, fc.array(edit, { maxLength: 8 }), (before, edits) => {
      const expected = new Map<string, AttributeValue>(before);
      const inserted = new Set<string>();
      const result = edited(message(before), (editor) => {
        for (const { key: name, value: next } of edits) {
          if (next === undefined) {
            assert.equal(editor.delete(encodeKey(name)), expected.delete(name));
          } else {
            editor.set(EncodedAttribute.of(name, next));
            expected.set(name, next);
            inserted.add(name);
          }
          assert.equal(editor.has(encodeKey(name)), expected.has(name));
        }
      });
      assert.deepEqual(new Map(result ?? before), expected);
      assert.equal((result ?? before).length, expected.size);
    }),
    { seed: 20_261_130 },
  );
});

test('round-trips values of every kind', () => {
  const values: readonly (readonly [AttributeValue, string])[] = [
    ['text', 'string'],
    [true, 'bool'],
    [false, 'bool'],
    [0, 'int'],
    [-1, 'int'],
    [2 ** 53 - 1, 'int'],
    [-(2 ** 53) + 1, 'int'],
    [-4294967297, 'int'],
    [2n ** 63n - 1n, 'int'],
    [-(2n ** 63n), 'int'],
    [1.5, 'double'],
    [-0, 'double'],
    [2 ** 53, 'double'],
    [Number.NaN, 'double'],
    [Uint8Array.of(1, 2), 'bytes'],
    [['a', 1, [true], { x: undefined }], 'array'],
    [{ a: 1, nested: { b: [] } }, 'kvlist'],
    [undefined, 'empty'],
  ];
  for (const [value, kind] of values) {
    const bytes = EncodedAttribute.of('k', value).keyValue;
    const editor = new AttributeEditor();
    const writer = new WireWriter();
    writer.bytesField(FIELD, bytes);
    const list = writer.finish();
    const range = editor.reset(list, 0, list.length, FIELD).value(encodeKey('k'));
    assert.ok(range);
    assert.deepEqual(readAnyValue(range.bytes, range.start, range.end), value);
    assert.equal(anyValueKind(range.bytes, range.start, range.end), kind);
  }
  assert.throws(() => EncodedAttribute.of('k', 2n ** 63n), /expected an integer of 64 bits, got 9223372036854775808/);
});
