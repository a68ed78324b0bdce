import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HpackDecoder } from './decoder.ts';
import { encodeHeaderBlock, type FieldList, HpackEncoder } from './encoder.ts';
import { huffmanDecode, huffmanEncode, huffmanLength, maxDecodedBytes } from './huffman.ts';
import { randomFrom } from './random.testing.ts';

function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(' ', ''), 'hex');
}

/** Returns the decoded fields. Fails the test if decoding returns an error. */
function fieldsOf(decoder: HpackDecoder, bytes: Uint8Array): Record<string, unknown> {
  const result = decoder.decode(bytes);
  assert.equal(result.kind, 'block', JSON.stringify(result));
  return { ...result.fields };
}

const request = (path: string, more: Record<string, string> = {}) => ({
  ':method': 'GET',
  ':scheme': 'http',
  ':path': path,
  ':authority': 'www.example.com',
  ...more,
});

/** RFC 7541, Appendix C: consecutive blocks of a connection and their fields. */
const EXAMPLES: readonly {
  readonly name: string;
  readonly maxTableBytes?: number;
  readonly blocks: readonly (readonly [string, Record<string, unknown>])[];
}[] = [
  {
    name: 'C.2.1 literal with indexing',
    blocks: [['400a637573746f6d2d6b65790d637573746f6d2d686561646572', { 'custom-key': 'custom-header' }]],
  },
  { name: 'C.2.2 literal without indexing', blocks: [['040c2f73616d706c652f70617468', { ':path': '/sample/path' }]] },
  { name: 'C.2.3 literal never indexed', blocks: [['100870617373776f726406736563726574', { password: 'secret' }]] },
  { name: 'C.2.4 indexed', blocks: [['82', { ':method': 'GET' }]] },
  {
    name: 'C.3 requests without Huffman',
    blocks: [
      ['828684410f7777772e6578616d706c652e636f6d', request('/')],
      ['828684be58086e6f2d6361636865', request('/', { 'cache-control': 'no-cache' })],
      [
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
        request('/index.html', { ':scheme': 'https', 'custom-key': 'custom-value' }),
      ],
    ],
  },
  {
    name: 'C.4 requests with Huffman',
    blocks: [
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', request('/')],
      ['828684be5886a8eb10649cbf', request('/', { 'cache-control': 'no-cache' })],
      [
        '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
        request('/index.html', { ':scheme': 'https', 'custom-key': 'custom-value' }),
      ],
    ],
  },
  {
    name: 'C.6 responses with Huffman and evictions',
    maxTableBytes: 256,
    blocks: [
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        {
          ':status': '302',
          'cache-control': 'private',
          date: 'Mon, 21 Oct 2013 20:13:21 GMT',
          location: 'https://www.example.com',
        },
      ],
      [
        '4883640effc1c0bf',
        {
          ':status': '307',
          'cache-control': 'private',
          date: 'Mon, 21 Oct 2013 20:13:21 GMT',
          location: 'https://www.example.com',
        },
      ],
      [
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
        {
          ':status': '200',
          'cache-control': 'private',
          date: 'Mon, 21 Oct 2013 20:13:22 GMT',
          location: 'https://www.example.com',
          'content-encoding': 'gzip',
          'set-cookie': 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
        },
      ],
    ],
  },
];

describe('HPACK', { concurrency: true }, () => {
  for (const { name, maxTableBytes = 4096, blocks } of EXAMPLES) {
    test(`decodes the example ${name}`, () => {
      const decoder = new HpackDecoder({ maxTableBytes, maxListBytes: 4096 });
      for (const [bytes, fields] of blocks) assert.deepEqual(fieldsOf(decoder, hex(bytes)), fields);
    });
  }

  test('decodes numbers of every length and rejects those that overflow', () => {
    const decoder = new HpackDecoder({ maxListBytes: 1e6 });
    const long = 'v'.repeat(70_000);
    assert.deepEqual(fieldsOf(decoder, encodeHeaderBlock([['x', long]])), { x: long });
    for (const bytes of ['ffffffffffff0f', '00 01 78 7f ff ff ff ff 7f', 'ff', 'ff80', '7fffffffff7f']) {
      assert.equal(decoder.decode(hex(bytes)).kind, 'broken', bytes);
    }
  });

  test('rejects blocks that would put the tables out of sync', () => {
    const broken: Record<string, string> = {
      'index 0': '80',
      'an index beyond the table': 'be',
      'an unknown index of a name': '7f0001 61',
      'a string beyond the end': '0001 61 05 62',
      'a literal without a value': '0001 61',
      'a size above the limit': '3fe21f',
      'a size after a field': '82 20',
      'EOS in a string': '0001 61 84 ffffffff',
      'padding of more than seven bits': '0001 61 82 1fff',
      'padding of zeros': '0001 61 81 18',
    };
    for (const [what, bytes] of Object.entries(broken)) {
      const result = new HpackDecoder({ maxListBytes: 4096 }).decode(hex(bytes));
      assert.equal(result.kind, 'broken', what);
      assert.notEqual(result.reason, '');
    }
  });

  test('follows changes of the table size, down to zero and up again', () => {
    const decoder = new HpackDecoder({ maxListBytes: 4096 });
    assert.deepEqual(fieldsOf(decoder, hex('40 01 61 01 62')), { a: 'b' });
    assert.deepEqual(fieldsOf(decoder, hex('be')), { a: 'b' });
    assert.deepEqual(fieldsOf(decoder, hex('20 3fe11f 40 01 61 01 63 be')), { a: ['c', 'c'] });
    assert.equal(decoder.decode(hex('bf')).kind, 'broken');
    assert.deepEqual(fieldsOf(new HpackDecoder({ maxListBytes: 99 }), hex('20')), {});
  });

  test('keeps the tables in sync for a list that is too large', () => {
    const decoder = new HpackDecoder({ maxListBytes: 100 });
    const [encoder, repeated] = [new HpackEncoder(), [['x-name', 'v'.repeat(80)]] as const];
    assert.equal(decoder.decode(encoder.encode(repeated)).kind, 'too_large');
    assert.equal(decoder.decode(encoder.encode(repeated)).kind, 'too_large');
    assert.deepEqual(fieldsOf(decoder, encoder.encode([['y', '1']])), { y: '1' });
    assert.deepEqual(fieldsOf(decoder, encoder.encode([['y', '1']])), { y: '1' });
  });

  test('limits the memory of a small block that encodes a large list', () => {
    const decoder = new HpackDecoder({ maxListBytes: 16_384 });
    assert.equal(decoder.decode(encodeIndexed('x', 'v'.repeat(4000))).kind, 'block');
    const bomb = decoder.decode(new Uint8Array(100_000).fill(0xbe));
    assert.equal(bomb.kind, 'too_large');
    assert.match(bomb.reason, /at most 16384 bytes of headers, got 403300000/);
  });

  test('returns the identical block for the same bytes while they have the same meaning', () => {
    const decoder = new HpackDecoder({ maxListBytes: 4096 });
    const first = decoder.decode(hex('82'));
    assert.equal(decoder.decode(hex('82')), first);
    decoder.decode(hex('40 01 61 01 62'));
    const b = decoder.decode(hex('82 be'));
    assert.equal(decoder.decode(hex('82 be')), b);
    decoder.decode(hex('40 01 61 01 63'));
    assert.deepEqual(fieldsOf(decoder, hex('82 be')), { ':method': 'GET', a: 'c' });
    assert.deepEqual(fieldsOf(decoder, hex('82 bf')), { ':method': 'GET', a: 'b' });
    // Reusing the memory must not change the cached block.
    const reused = Buffer.from([0x82]);
    decoder.decode(reused);
    reused[0] = 0x83;
    assert.deepEqual(fieldsOf(decoder, reused), { ':method': 'POST' });
    assert.deepEqual(fieldsOf(decoder, hex('82')), { ':method': 'GET' });
  });

  test('reports why a request is malformed, without values', () => {
    const decoder = new HpackDecoder({ maxListBytes: 4096 });
    const malformed: readonly (readonly [FieldList, RegExp])[] = [
      [
        [
          ['a', 'b'],
          [':path', '/'],
        ],
        /fields first, got ":path" after others/,
      ],
      [
        [
          [':path', '/'],
          [':path', '/'],
        ],
        /expected one pseudo-header field ":path", got two/,
      ],
      [[[':status', '200']], /pseudo-header field of a request, got ":status"/],
      [[[':protocol', 'x']], /pseudo-header field of a request, got ":protocol"/],
      [[['Upper', 'x']], /lower-case letters, got "Upper"/],
      [[['', 'x']], /lower-case/],
      [[['a b', 'x']], /lower-case/],
      [[['a:', 'x']], /lower-case/],
      [[['ü', 'x']], /lower-case/],
      [[['connection', 'close']], /connection-specific field, got "connection"/],
      [[['transfer-encoding', 'chunked']], /connection-specific field, got "transfer-encoding"/],
      [[['te', 'gzip']], /te: expected "trailers"/],
      [[['a', 'secret\n']], /"a": expected a value without control characters/],
      [[['a', 'secret\0']], /control/],
      [[[':path', 'secret\r']], /control/],
      [[['a', ' secret']], /whitespace/],
      [[['a', 'secret\t']], /whitespace/],
    ];
    for (const [fields, reason] of malformed) {
      const block = decoder.decode(encodeHeaderBlock([[':method', 'POST'], ...fields]));
      assert.equal(block.kind, 'block');
      assert.match(block.malformed ?? 'valid', reason);
      assert.doesNotMatch(block.malformed ?? '', /secret/);
    }
    const valid = decoder.decode(
      encodeHeaderBlock([
        [':path', '/'],
        ['te', 'trailers'],
        ['a', ''],
        ['b', '\xfc \t-'],
      ]),
    );
    assert.deepEqual(
      [valid.kind === 'block' && valid.malformed, valid.kind === 'block' && valid.hasPseudo],
      [undefined, true],
    );
  });

  test('decodes responses by their own rules', () => {
    const decoder = new HpackDecoder({ maxListBytes: 4096, messages: 'response' });
    const [status, path, trailers] = [hex('88'), hex('84'), encodeHeaderBlock([['grpc-status', '0']])].map((bytes) =>
      decoder.decode(bytes),
    );
    assert.ok(status?.kind === 'block' && status.malformed === undefined);
    assert.ok(path?.kind === 'block' && path.malformed !== undefined);
    assert.ok(trailers?.kind === 'block' && !trailers.hasPseudo);
  });

  test('keeps fields named like properties of Object.prototype apart from those', () => {
    const block = new HpackDecoder({ maxListBytes: 4096 }).decode(
      encodeHeaderBlock([
        ['__proto__', 'a'],
        ['constructor', 'b'],
        ['__proto__', 'c'],
      ]),
    );
    assert.ok(block.kind === 'block');
    assert.deepEqual(Object.entries(block.fields), [
      ['__proto__', ['a', 'c']],
      ['constructor', 'b'],
    ]);
    assert.equal(block.fields['toString'], undefined);
  });

  test('inserts a repeated list into the table once', () => {
    const [encoder, decoder] = [new HpackEncoder(), new HpackDecoder({ maxListBytes: 4096 })];
    const repeated = Object.entries(request('/a', { 'x-one': 'one', 'x-two': 'two' }));
    const sizes = [1, 2, 3].map(() => {
      const block = encoder.encode(repeated, [['x-three', '3']]);
      assert.deepEqual(fieldsOf(decoder, block), request('/a', { 'x-one': 'one', 'x-two': 'two', 'x-three': '3' }));
      return block.length;
    });
    assert.deepEqual(sizes.slice(1), [15, 15]);
    assert.equal(encoder.encode(repeated), encoder.encode(repeated));
    const other = Object.entries(request('/b', { 'x-one': 'one' }));
    for (const list of [other, repeated, other, repeated]) {
      assert.deepEqual(fieldsOf(decoder, encoder.encode(list)), Object.fromEntries(list));
    }
  });

  test('respects the table size of the peer', () => {
    const encoder = new HpackEncoder();
    const repeated: FieldList = [
      ['x-one', 'one'],
      ['x-two', 'two'],
      ['x-large', 'v'.repeat(5000)],
    ];
    const decoder = new HpackDecoder({ maxListBytes: 1e5 });
    for (const maxTableBytes of [undefined, 0, 100, 40, 4096, 1e6]) {
      if (maxTableBytes !== undefined) encoder.setMaxTableBytes(maxTableBytes);
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(fieldsOf(decoder, encoder.encode(repeated)), Object.fromEntries(repeated));
      }
    }
    encoder.setMaxTableBytes(0);
    const small = new HpackDecoder({ maxTableBytes: 0, maxListBytes: 1e5 });
    assert.deepEqual(fieldsOf(small, encoder.encode(repeated)), Object.fromEntries(repeated));
  });

  test('encodes and decodes all bytes with Huffman', () => {
    const random = randomFrom(1);
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: random(60) }, () => (random(2) === 0 ? random(256) : 32 + random(95)));
      const coded = huffmanEncode(bytes);
      assert.equal(coded.length, huffmanLength(bytes));
      const output = new Uint8Array(maxDecodedBytes(coded.length));
      const length = huffmanDecode(coded, 0, coded.length, output);
      assert.deepEqual(output.subarray(0, length), bytes);
    }
  });

  test('terminates on any bytes, within the limit', () => {
    const random = randomFrom(2);
    for (let round = 0; round < 20_000; round++) {
      const decoder = new HpackDecoder({ maxListBytes: 500 });
      for (let block = 0; block < 3; block++) {
        const result = decoder.decode(Uint8Array.from({ length: random(40) }, () => random(256)));
        if (result.kind === 'broken') break;
        if (result.kind === 'too_large') continue;
        const sizes = Object.entries(result.fields).flatMap(([name, values]) =>
          [values].flat().map((value) => name.length + value.length + 32),
        );
        assert.ok(sizes.reduce((sum, size) => sum + size, 0) <= 500);
      }
    }
  });
});

/** Encodes a block with one field that is inserted into the dynamic table. */
function encodeIndexed(name: string, value: string): Uint8Array {
  return new HpackEncoder().encode([[name, value]]);
}
