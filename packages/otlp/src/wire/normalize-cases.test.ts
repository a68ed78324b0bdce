import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Signal } from '../signals.ts';
import { type MessageDescriptor, REQUEST_MESSAGES } from './descriptors.ts';
import { diagnose } from './diagnose.ts';
import { type NormalizedRequest, normalizeRequest } from './normalize.ts';
import { MAX_MESSAGE_DEPTH } from './validate.ts';

type Bytes = readonly number[];

describe('rejections', () => {
  // 52 bytes precede the third attribute of the fourth span.
  const attribute = field(9, [...field(1, text('k')), ...field(2, field(1, text('v')))]);
  const spans = [field(2, []), field(2, []), field(2, [])].flat();
  const inSpan = (content: Bytes): Bytes => field(1, field(2, [...spans, ...field(2, content)]));
  const place = 'resource_spans[0].scope_spans[0].spans[3]';

  test('a length beyond the end, with the path of repeated and singular fields', () => {
    const broken = [...attribute, ...attribute, ...field(9, [...field(1, text('k')), 0x12, 120, 1, 2, 3])];
    assert.equal(
      reasonOf('traces', inSpan(broken)),
      `${place}.attributes[2].value: length 120 exceeds the 3 bytes left, at offset 37`,
    );
  });

  test('a request that ends within a field', () => {
    assert.equal(reasonOf('traces', [0x0a, 5, 1]), 'resource_spans[0]: length 5 exceeds the 1 bytes left, at offset 0');
    assert.equal(reasonOf('traces', [0x0a]), 'resource_spans[0]: the message ends within a varint, at offset 1');
    assert.equal(reasonOf('traces', [0x8a]), 'request: the message ends within a varint, at offset 0');
    assert.match(reasonOf('traces', inSpan([0x30])), /spans\[3\]\.kind: the message ends within a varint/);
    assert.match(reasonOf('traces', inSpan([0x39, 1, 2])), /start_time_unix_nano: length 8 exceeds the 2 bytes left/);
  });

  test('a known field of another wire type', () => {
    assert.equal(
      reasonOf('traces', inSpan(field(6, [1]))),
      `${place}.kind: expected a varint, got a length-delimited field, at offset 12`,
    );
    assert.match(reasonOf('logs', [0x08, 1]), /resource_logs\[0\]: expected a length-delimited field, got a varint/);
    assert.match(
      reasonOf('traces', [0x0b, 0x0c]),
      /resource_spans\[0\]: expected a length-delimited field, got a group/,
    );
  });

  test('ids of the wrong length', () => {
    assert.equal(
      reasonOf('traces', inSpan(field(1, [1, 2, 3]))),
      `${place}.trace_id: expected 16 bytes or none, got 3, at offset 12`,
    );
    assert.match(reasonOf('traces', inSpan(field(4, zeros(16)))), /parent_span_id: expected 8 bytes or none, got 16/);
    assert.equal(normalize('traces', inSpan([...field(1, []), ...field(2, [])])).ok, true);
  });

  test('invalid tags', () => {
    assert.equal(reasonOf('traces', [0x00, 1]), 'request: invalid tag 0, at offset 0');
    assert.match(reasonOf('traces', [0xff, 0xff, 0xff, 0xff, 0x1f, 1]), /invalid tag/);
    assert.match(reasonOf('traces', [0x92, 0x80, 0x80, 0x80, 0x80, 0x00, 0]), /varint of more than 5 bytes/);
    assert.match(reasonOf('traces', inSpan([0x07])), /spans\[3\]: invalid tag 7/);
    assert.match(reasonOf('traces', inSpan([0x36])), /spans\[3\]\.kind: invalid wire type 6/);
    assert.match(reasonOf('traces', inSpan([0x34])), /spans\[3\]\.kind: end of a group without its start/);
  });

  test('varints of more than ten bytes', () => {
    const eleven = [...Array.from({ length: 10 }, () => 0x80), 0];
    assert.match(reasonOf('traces', inSpan([0x30, ...eleven])), /spans\[3\]\.kind: varint of more than 10 bytes/);
    const intValue = field(9, [...field(1, text('k')), ...field(2, [0x18, ...eleven])]);
    assert.match(
      reasonOf('traces', inSpan(intValue)),
      /attributes\[0\]\.value\.int_value: varint of more than 10 bytes/,
    );
    assert.equal(normalize('traces', inSpan([0x30, ...eleven.slice(1)])).ok, true);
  });

  test('packed lists with an incomplete element', () => {
    const histogram = (content: Bytes): Bytes => field(1, field(2, field(2, field(9, field(1, content)))));
    assert.match(
      reasonOf('metrics', histogram(field(6, zeros(13)))),
      /histogram\.data_points\[0\]\.bucket_counts: expected a multiple of 8 bytes, got 13/,
    );
    const buckets = (content: Bytes): Bytes => field(1, field(2, field(2, field(10, field(1, field(8, content))))));
    assert.match(
      reasonOf('metrics', buckets(field(2, [1, 0x80]))),
      /data_points\[0\]\.positive\.bucket_counts: the message ends within a varint/,
    );
  });

  test('groups without an end, or with a mismatched end', () => {
    assert.match(reasonOf('traces', [0x7b, 0x08, 1]), /field 15: group does not end/);
    assert.match(reasonOf('traces', [0x7b, 0x74]), /end of group 14 without its start/);
  });

  test('messages nested too deeply, quickly', () => {
    // The request, resource, scope, log record and its body are five levels. Each list within adds two.
    const nested = (lists: number): Bytes => {
      let body: Bytes = field(1, text('deep'));
      for (let i = 0; i < lists; i++) body = field(5, field(1, body));
      return field(1, field(2, field(2, field(5, body))));
    };
    const deepest = (MAX_MESSAGE_DEPTH - 4) / 2;
    assert.equal(normalize('logs', nested(deepest)).ok, true);
    const reason = reasonOf('logs', nested(deepest + 1));
    assert.match(reason, /array_value\.values\[0\]\.array_value: messages nest deeper than 100, at offset \d+$/);
    assert.match(reasonOf('logs', nested(1000)), /nest deeper/);
  });

  test('a value one level too deep in an ordinary attribute', () => {
    // The body is at depth 4. Each list around a value adds two levels, each key-value list three.
    const nested = (lists: number, keyValueLists: number): Bytes => {
      let value: Bytes = field(1, text('deep'));
      for (let i = 0; i < keyValueLists; i++) value = field(6, field(1, [...field(1, text('k')), ...field(2, value)]));
      for (let i = 0; i < lists; i++) value = field(5, field(1, value));
      return field(1, field(2, field(2, field(5, value))));
    };
    assert.equal(normalize('logs', nested(0, 32)).ok, true);
    assert.match(reasonOf('logs', nested(2, 31)), /values\[0\]\.value: messages nest deeper than 100/);
  });

  test('an ordinary attribute that is longer than the request', () => {
    const key = text('k'.repeat(90));
    const broken = [0x4a, 100, ...field(1, key).slice(0, 40)];
    assert.match(reasonOf('traces', inSpan(broken)), /attributes\[0\]: length 100 exceeds the 40 bytes left/);
    const inner = [0x4a, 8, 0x0a, 1, 0x6b, 0x12, 9, 0x0a, 1, 0x76];
    assert.match(reasonOf('traces', inSpan(inner)), /attributes\[0\]\.value: length 9 exceeds the 3 bytes left/);
    const empty = [0x4a, 6, 0x0a, 1, 0x6b, 0x12, 1, 0x0a];
    assert.match(reasonOf('traces', inSpan(empty)), /value\.string_value: the message ends within a varint/);
    const open = [0x4a, 8, 0x0a, 1, 0x6b, 0x12, 3, 0x18, 0x80, 0x80];
    assert.match(reasonOf('traces', inSpan(open)), /value\.int_value: the message ends within a varint/);
  });
});

describe('rewrites', () => {
  const inSpan = (content: Bytes): Bytes => field(1, field(2, field(2, content)));

  test('keeps only the last value of a singular field, so that all readers agree', () => {
    const request = inSpan([...field(5, text('shown')), ...field(5, text('hidden'))]);
    assert.deepEqual(rewritten('traces', request), inSpan(field(5, text('hidden'))));
  });

  test('keeps only the last value of every leading field of an ordinary span', () => {
    const attributes = Array.from({ length: 12 }, () => [...field(1, text('key')), ...field(2, field(1, text('v')))]);
    const rest = attributes.flatMap((attribute) => field(9, attribute));
    const head = (fill: number): readonly Bytes[] => [
      field(
        1,
        Array.from({ length: 16 }, () => fill),
      ),
      field(
        2,
        Array.from({ length: 8 }, () => fill),
      ),
      field(
        4,
        Array.from({ length: 8 }, () => fill),
      ),
      field(5, [fill]),
      [0x30, fill],
      ...[0x39, 0x41].map((tag) => [tag, ...Array.from({ length: 8 }, () => fill)]),
    ];
    const usual = head(1);
    assert.equal(normalize('traces', inSpan([...usual.flat(), ...rest])).ok, true);
    for (const [i, again] of head(2).entries()) {
      const expected = usual.flatMap((one, at) => (at === i ? again : one));
      assert.deepEqual(
        rewritten('traces', inSpan([...usual.flat(), ...rest, ...again])),
        inSpan([...expected, ...rest]),
      );
    }
  });

  test('merges pieces of a message', () => {
    const request = inSpan([...field(15, field(2, text('why'))), 0x30, 2, ...field(15, [0x18, 2])]);
    assert.deepEqual(
      rewritten('traces', request),
      inSpan([...field(15, [...field(2, text('why')), 0x18, 2]), 0x30, 2]),
    );
  });

  test('keeps the last member of a oneof, and merges earlier pieces only if no other member came between', () => {
    const value = (content: Bytes): Bytes => inSpan(field(9, field(2, content)));
    const list = (item: string): Bytes => field(5, field(1, field(1, text(item))));
    const request = value([...list('a'), ...field(1, text('s')), ...list('b'), ...list('c')]);
    const merged = field(
      5,
      ['b', 'c'].flatMap((item) => field(1, field(1, text(item)))),
    );
    assert.deepEqual(rewritten('traces', request), value(merged));
    assert.deepEqual(rewritten('traces', value([...list('a'), 0x10, 1])), value([0x10, 1]));
  });

  test('combines lists of scalars into one packed field', () => {
    const point = (content: Bytes): Bytes => field(1, field(2, field(2, field(9, field(1, content)))));
    const one = [1, 0, 0, 0, 0, 0, 0, 0];
    const two = [2, 0, 0, 0, 0, 0, 0, 0];
    const expected = point(field(6, [...one, ...two, ...one]));
    assert.deepEqual(rewritten('metrics', point([...field(6, [...one, ...two]), 0x31, ...one])), expected);
    assert.deepEqual(rewritten('metrics', point([0x31, ...one, 0x31, ...two, 0x31, ...one])), expected);
  });

  test('shortens overlong tags and lengths, and keeps overlong values', () => {
    const request = inSpan([0xaa, 0x00, 0x81, 0x00, 0x78, 0x30, 0x82, 0x00]);
    assert.deepEqual(rewritten('traces', request), inSpan([...field(5, text('x')), 0x30, 0x82, 0x00]));
  });

  test('shortens the overlong lengths of attributes', () => {
    const overlong = (number: number, content: Bytes): Bytes => [
      number * 8 + 2,
      ...[content.length | 128, content.length >>> 7],
      ...content,
    ];
    for (const size of [1, 90, 115, 123, 125])
      for (const longest of ['attribute', 'value', 'text']) {
        const encode = (encoder: typeof field): Bytes => {
          const of = (name: string): typeof field => (name === longest ? encoder : field);
          const value = of('text')(1, text('v'.repeat(size)));
          return inSpan([
            ...field(1, zeros(16)),
            ...of('attribute')(9, [...field(1, text('k')), ...of('value')(2, value)]),
          ]);
        };
        assert.deepEqual(rewritten('traces', encode(overlong)), encode(field), `${longest}, ${size}`);
      }
  });

  test('removes groups, and keeps the bytes of other unknown fields', () => {
    const unknown = [0xa0, 0x06, 0x85, 0x00, ...field(101, [0xff, 0xfe]), 0xb1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8];
    const group = [0xbb, 0x06, 0x08, 1, 0xc3, 0x06, 0xc4, 0x06, 0xbc, 0x06];
    const kept = [...unknown, ...inSpan([...unknown, ...field(9, [...unknown, ...field(2, unknown)])])];
    assert.equal(normalize('traces', kept).ok, true);
    assert.deepEqual(rewritten('traces', [...group, ...unknown, ...kept.slice(unknown.length)]), kept);
  });

  test('does not count points of replaced data', () => {
    const points = field(1, []);
    const request = field(1, field(2, field(2, [...field(5, [...points, ...points]), ...field(7, points)])));
    const normalized = normalize('metrics', request);
    assert.ok(normalized.ok);
    assert.equal(normalized.itemCount, 1);
  });
});

describe('leaves unchanged', () => {
  test('an empty request has no items', () => {
    for (const signal of ['traces', 'metrics', 'logs', 'profiles'] as const) {
      assert.deepEqual(normalize(signal, []), { ok: true, bytes: new Uint8Array(0), itemCount: 0 });
    }
  });

  test('invalid UTF-8, fields in any order, defaults that are written out', () => {
    const span = [0x30, 0, ...field(5, [0xc0, 0xff]), ...field(1, []), ...field(9, []), ...field(9, field(2, []))];
    const request = Uint8Array.from(field(1, field(2, field(2, span))));
    const normalized = normalizeRequest('traces', request);
    assert.ok(normalized.ok && normalized.bytes === request);
  });

  test('a short span before another, whose tag and length look like a field of the first', () => {
    const ids = (field1: number, length: number): Bytes =>
      field(
        field1,
        Array.from({ length }, () => 1),
      );
    // The second span is 8 bytes long, so it starts like a span ID.
    const request = Uint8Array.from(
      field(1, field(2, [...field(2, ids(1, 16)), ...field(2, field(5, text('abcdef'))), ...field(2, ids(2, 8))])),
    );
    const normalized = normalizeRequest('traces', request);
    assert.ok(normalized.ok && normalized.bytes === request);
    assert.equal(normalized.itemCount, 3);
  });

  test('a slice of a larger buffer is read within its bounds', () => {
    const request = field(1, field(2, field(2, field(9, [...field(1, text('k')), ...field(2, field(1, text('v')))]))));
    const pool = Uint8Array.from([0xff, 0xff, 0xff, ...request, 0xff, 0xff]);
    const slice = pool.subarray(3, 3 + request.length);
    const normalized = normalizeRequest('traces', slice);
    assert.ok(normalized.ok && normalized.bytes === slice);
    assert.equal(normalizeRequest('traces', pool.subarray(3, 4 + request.length)).ok, false);
  });

  test('long attributes of every form around the sizes of one- and two-byte lengths, with any length changed', () => {
    const sizes = [0, 55, 56, 60, 64, 110, 118, 121, 124, 125, 126, 127, 128, 129, 16_384];
    for (const keySize of [0, 10, 64, 65, 128])
      for (const size of sizes) {
        const value = field(1, text('v'.repeat(size)));
        const attribute = [...field(1, text('k'.repeat(keySize))), ...field(2, value)];
        const span = [...field(1, zeros(16)), ...field(9, attribute), ...field(9, value)];
        const request = Uint8Array.from(field(1, field(2, field(2, span))));
        const normalized = normalizeRequest('traces', request);
        assert.ok(normalized.ok && normalized.bytes === request, `${keySize}, ${size}`);
        const start = request.length - attribute.length - field(9, value).length - 3;
        for (let at = start; at < start + 16 + keySize; at++)
          for (const change of [1, -1, 128, 0x18 - 0x0a]) {
            const changed = request.slice();
            changed[at] = (changed[at] ?? 0) + change;
            const { ok } = normalizeRequest('traces', changed);
            assert.equal(
              ok,
              diagnose(REQUEST_MESSAGES.traces as MessageDescriptor, changed) === undefined,
              `${keySize}, ${size}, ${at}`,
            );
          }
      }
  });

  test('passes profiles through unchanged and counts them', () => {
    const profile = field(2, [...field(7, zeros(16)), 0x30, 1, 0x30, 2]);
    const request = [...field(1, field(2, [...profile, ...profile])), ...field(2, [1, 2, 3]), ...field(2, [])];
    const normalized = normalize('profiles', request);
    assert.deepEqual(normalized, { ok: true, bytes: Uint8Array.from(request), itemCount: 2 });
    assert.match(
      reasonOf('profiles', field(1, field(2, field(2, [0x3a, 9])))),
      /^resource_profiles\[0\]\.scope_profiles\[0\]\.profiles\[0\]\.field 7: length 9 exceeds the 0 bytes left/,
    );
  });
});

function normalize(signal: Signal, bytes: Bytes): NormalizedRequest {
  return normalizeRequest(signal, Uint8Array.from(bytes));
}

function reasonOf(signal: Signal, bytes: Bytes): string {
  const normalized = normalize(signal, bytes);
  assert.ok(!normalized.ok, 'the request was accepted');
  return normalized.reason;
}

function rewritten(signal: Signal, bytes: Bytes): Bytes {
  const normalized = normalize(signal, bytes);
  assert.ok(normalized.ok, normalized.ok ? '' : normalized.reason);
  return [...normalized.bytes];
}

/** Encodes a length-delimited field. */
function field(number: number, content: Bytes): Bytes {
  return [...varint(number * 8 + 2), ...varint(content.length), ...content];
}

function varint(value: number): Bytes {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function text(value: string): Bytes {
  return [...new TextEncoder().encode(value)];
}

function zeros(length: number): Bytes {
  return Array.from({ length }, () => 0);
}
