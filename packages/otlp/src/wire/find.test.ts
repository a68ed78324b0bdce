import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '@otelier/testkit/otlp/random';
import {
  FoundAttribute,
  findAttribute,
  findField,
  findFieldOrAttribute,
  forEachPayload,
  payloadEnd,
  payloadStart,
} from './find.ts';
import { readFixed32, readString, readVarint, WireType } from './reader.ts';
import { WireWriter } from './writer.ts';

const key = (text: string): Uint8Array => new TextEncoder().encode(text);

function entry(write: (writer: WireWriter) => void, field = 9): Uint8Array {
  const writer = new WireWriter();
  writer.open(field);
  write(writer);
  writer.close();
  return writer.finish();
}

function stringEntry(name: string, value: string, field = 9): Uint8Array {
  return entry((writer) => {
    writer.stringField(1, name);
    writer.open(2);
    writer.stringField(1, value);
    writer.close();
  }, field);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const writer = new WireWriter();
  for (const part of parts) writer.raw(part);
  return writer.finish();
}

function valueText(bytes: Uint8Array, found: FoundAttribute): string {
  const value = findField(bytes, found.valueStart, found.valueEnd, 1);
  return value < 0 ? '' : readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
}

test('finds a field of every wire type after fields of every other', () => {
  const writer = new WireWriter();
  writer.varintField(1, 300);
  writer.tag(2, WireType.fixed64);
  writer.fixed64Halves(7, 8);
  writer.stringField(3, 'x'.repeat(200));
  writer.fixed32Field(16, 99);
  writer.varintField(536870911, 5);
  const bytes = writer.finish();
  assert.equal(readVarint(bytes, findField(bytes, 0, bytes.length, 1)), 300);
  assert.equal(readFixed32(bytes, findField(bytes, 0, bytes.length, 2)), 7);
  const text = findField(bytes, 0, bytes.length, 3);
  assert.equal(payloadEnd(bytes, text) - payloadStart(bytes, text), 200);
  assert.equal(readFixed32(bytes, findField(bytes, 0, bytes.length, 16)), 99);
  assert.equal(readVarint(bytes, findField(bytes, 0, bytes.length, 536870911)), 5);
  assert.equal(findField(bytes, 0, bytes.length, 4), -1);
});

test('finds an attribute among keys that share its beginning, its length or its end', () => {
  const bytes = concat(
    stringEntry('http.routes', 'longer'),
    stringEntry('http.roude', 'same length'),
    stringEntry('xttp.route', 'same end'),
    stringEntry('http.route', 'other list', 8),
    stringEntry('http.route', '/cart'),
    stringEntry('http.route', 'second'),
  );
  const found = new FoundAttribute();
  assert.ok(findAttribute(bytes, 0, bytes.length, 9, key('http.route'), found));
  assert.equal(valueText(bytes, found), '/cart');
  assert.deepEqual(bytes.subarray(found.start, found.end), stringEntry('http.route', '/cart'));
  assert.ok(findAttribute(bytes, found.end, bytes.length, 9, key('http.route'), found));
  assert.equal(valueText(bytes, found), 'second');
  assert.equal(findAttribute(bytes, found.end, bytes.length, 9, key('http.route'), found), false);
  assert.equal(valueText(bytes, found), 'second', 'keeps the previous result when nothing is found');
});

test('does not mistake the end of one attribute and the start of the next for a key', () => {
  const bytes = concat(stringEntry('ab', ''), stringEntry('abc', 'x'));
  assert.equal(findAttribute(bytes, 0, 4, 9, key('abc'), new FoundAttribute()), false);
});

test('finds keys of 127, 128 and 20,000 bytes, and values as long', () => {
  for (const length of [127, 128, 20_000]) {
    const name = 'k'.repeat(length);
    const bytes = concat(stringEntry(`${name.slice(1)}x`, 'no'), stringEntry(name, 'v'.repeat(length)));
    const found = new FoundAttribute();
    assert.ok(findAttribute(bytes, 0, bytes.length, 9, key(name), found), `${length}`);
    assert.equal(valueText(bytes, found), 'v'.repeat(length));
  }
});

test('finds an attribute after values of any size', () => {
  const found = new FoundAttribute();
  for (const keySize of [1, 10, 11, 126, 127, 128, 300])
    for (const size of [1, 100, 110, 126, 127, 128, 200, 1280, 1300, 16_383, 16_384, 163_840, 164_000, 165_000]) {
      const wanted = 'k'.repeat(keySize);
      const bytes = concat(
        stringEntry('other', 'v'.repeat(size)),
        stringEntry(`${wanted}x`, 'no'),
        stringEntry(wanted, 'v'.repeat(size)),
      );
      assert.ok(findAttribute(bytes, 0, bytes.length, 9, key(wanted), found), `${keySize}, ${size}`);
      assert.equal(found.end, bytes.length);
      assert.equal(valueText(bytes, found).length, size);
      const candidate = findFieldOrAttribute(bytes, 0, bytes.length, 5, 9, keySize);
      assert.ok(candidate >= 0 && candidate <= found.start, `${keySize}, ${size}`);
      assert.equal(findAttribute(bytes, 0, bytes.length, 9, key('missing'), found), false);
    }
});

test('finds an attribute whose value comes before its key, or that has no key, or no value', () => {
  const turned = entry((writer) => {
    writer.open(2);
    writer.stringField(1, 'first');
    writer.close();
    writer.stringField(1, 'turned');
  });
  const keyless = entry((writer) => {
    writer.open(2);
    writer.stringField(1, 'nameless');
    writer.close();
  });
  const valueless = entry((writer) => writer.stringField(1, 'valueless'));
  const bytes = concat(
    turned,
    keyless,
    valueless,
    entry(() => undefined),
  );
  const found = new FoundAttribute();
  assert.ok(findAttribute(bytes, 0, bytes.length, 9, key('turned'), found));
  assert.equal(valueText(bytes, found), 'first');
  assert.ok(findAttribute(bytes, 0, bytes.length, 9, key(''), found));
  assert.equal(valueText(bytes, found), 'nameless');
  assert.ok(findAttribute(bytes, 0, bytes.length, 9, key('valueless'), found));
  assert.equal(found.valueStart, found.valueEnd);
});

test('walks the messages of one field with their ranges', () => {
  const bytes = concat(stringEntry('a', '1'), stringEntry('b', '2', 3), stringEntry('c', 'x'.repeat(300)));
  const ranges: number[][] = [];
  forEachPayload(bytes, 0, bytes.length, 9, (...range) => ranges.push(range));
  const long = stringEntry('c', 'x'.repeat(300)).length;
  assert.deepEqual(ranges, [
    [2, 10, 0],
    [bytes.length - long + 3, bytes.length, bytes.length - long],
  ]);
});

test('finds the first of a field and an attribute like searches for each of them', () => {
  const below = createRandom(7);
  const random = () => below(1000) / 1000;
  const wantedKey = 'sampling.key';
  for (let round = 0; round < 2000; round++) {
    const parts: (readonly [number, Uint8Array])[] = [];
    for (const field of [1, 3, 5]) {
      if (random() < 0.6) parts.push([random(), ofWriter((writer) => writer.bytesField(field, bytesOf(below(300))))]);
    }
    if (random() < 0.5) parts.push([random(), ofWriter((writer) => writer.varintField(6, below(2 ** 31)))]);
    if (random() < 0.5) parts.push([random(), ofWriter((writer) => writer.fixed32Field(16, below(1000)))]);
    if (random() < 0.3) parts.push([random(), ofWriter((writer) => writer.stringField(200, 'unknown'))]);
    for (let i = below(6); i > 0; i--) {
      const name = [wantedKey, 'sampling.kex', 'short', 'l'.repeat(200), ''][below(5)] ?? '';
      const turned = entry((writer) => {
        writer.open(2);
        writer.stringField(1, 'turned');
        writer.close();
        writer.stringField(1, name);
      });
      parts.push([random(), random() < 0.8 ? stringEntry(name, 'v'.repeat(below(200))) : turned]);
    }
    const bytes = concat(...parts.toSorted(([a], [b]) => a - b).map(([, part]) => part));
    const found = new FoundAttribute();
    const isFound = findAttribute(bytes, 0, bytes.length, 9, key(wantedKey), found);
    const value = findField(bytes, 0, bytes.length, 3);
    // Earlier candidates may lack the key.
    let first = findFieldOrAttribute(bytes, 0, bytes.length, 3, 9, wantedKey.length);
    while (first >= 0 && first !== value - 1 && !(isFound && first === found.start)) {
      assert.equal(bytes[first], 9 * 8 + 2);
      first = findFieldOrAttribute(bytes, payloadEnd(bytes, first + 1), bytes.length, 3, 9, wantedKey.length);
    }
    const offsets = [...(value < 0 ? [] : [value - 1]), ...(isFound ? [found.start] : [])];
    assert.equal(first, offsets.length === 0 ? -1 : Math.min(...offsets));
    assert.equal(isFound, hasKey(bytes, wantedKey));
  }
});

function ofWriter(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.finish();
}

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7) & 255);
}

/** Searches without optimizations: every attribute, and its first key. */
function hasKey(bytes: Uint8Array, name: string): boolean {
  let isFound = false;
  forEachPayload(bytes, 0, bytes.length, 9, (start, end) => {
    const value = findField(bytes, start, end, 1);
    if (value >= 0) isFound ||= readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)) === name;
  });
  return isFound;
}
