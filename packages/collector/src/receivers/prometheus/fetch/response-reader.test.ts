import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ResponseReader } from './response-reader.ts';

interface Read {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  readonly isReusable: boolean;
}

/** Reads a response in pieces of these sizes, and the end of the connection, if the response goes on until there. */
function read(text: string, sizes: readonly number[] = [], maxBytes = 1000): Read {
  const reader = new ResponseReader(maxBytes, 0);
  const bytes = Buffer.from(text, 'latin1');
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    if (at < bytes.length) reader.read(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  const { isReusable } = reader;
  if (!reader.isDone) reader.end();
  const result = {
    status: reader.status,
    type: reader.headers.get('content-type'),
    body: reader.body.toString('latin1'),
    isReusable,
  };
  reader.release();
  return result;
}

const RESPONSES: readonly (readonly [text: string, expected: Read])[] = [
  [
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
    { status: 200, type: 'text/plain', body: 'hello', isReusable: true },
  ],
  [
    'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n00A;ext="x"\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n',
    { status: 200, type: undefined, body: 'abc0123456789', isReusable: true },
  ],
  [
    'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 404 Not Found\r\ncontent-length:0\r\n\r\n',
    { status: 404, type: undefined, body: '', isReusable: true },
  ],
  ['HTTP/1.1 200 OK\r\n\r\nuntil the end', { status: 200, type: undefined, body: 'until the end', isReusable: false }],
  ['HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na', { status: 200, type: undefined, body: 'a', isReusable: false }],
  [
    'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\na',
    { status: 200, type: undefined, body: 'a', isReusable: true },
  ],
  [
    'HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length: 1\r\n\r\na',
    { status: 200, type: undefined, body: 'a', isReusable: false },
  ],
  ['HTTP/1.1 204 No Content\r\n\r\n', { status: 204, type: undefined, body: '', isReusable: true }],
];

test('reads responses, however they are split', () => {
  for (const [text, expected] of RESPONSES) {
    assert.deepEqual(read(text), expected);
    assert.deepEqual(read(text, Array(text.length).fill(1)), expected);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 12 }), (sizes) =>
        assert.deepEqual(read(text, sizes), expected),
      ),
      { numRuns: 30 },
    );
  }
});

test('does not use a connection again with bytes that nothing asked for', () => {
  const { body, isReusable } = read('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\n');
  assert.deepEqual({ body, isReusable }, { body: 'a', isReusable: false });
});

test('rejects what is not HTTP/1.1, and what is larger than its limit', () => {
  const head = 'HTTP/1.1 200 OK\r\n';
  const expected: [string, RegExp][] = [
    ['HTTP/2 200\r\n\r\n', /expected HTTP\/1.1, got "HTTP\/2 200"/],
    ['SSH-2.0-OpenSSH\r\n\r\n', /expected HTTP\/1.1/],
    [`${head}no colon\r\n\r\n`, /expected a header, got "no colon"/],
    [`${head} folded: x\r\n\r\n`, /expected a header/],
    [`${head}content-length: -1\r\n\r\n`, /content-length: expected a number, got "-1"/],
    [`${head}content-length: 1\r\ncontent-length: 2\r\n\r\na`, /content-length: expected a number, got "1, 2"/],
    [`${head}content-length: 1001\r\n\r\n`, /expected a page of at most 1000 bytes/],
    [`${head}\r\n${'x'.repeat(1001)}`, /expected a page of at most 1000 bytes/],
    [
      `${head}transfer-encoding: gzip, chunked\r\n\r\n`,
      /expected a chunked body without a length, got "gzip, chunked"/,
    ],
    [`${head}transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n`, /expected a chunked body without a length/],
    [`${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`, /expected the size of a chunk, got "xyz"/],
    [`${head}transfer-encoding: chunked\r\n\r\n3e9\r\n`, /expected a page of at most 1000 bytes/],
    [`${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`, /expected the end of a chunk, got "b"/],
    [`${head}transfer-encoding: chunked\r\n\r\n1\nab\r\n`, /expected CRLF/],
    [`${head}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(5000)}`, /expected lines of at most 4096 bytes/],
    [`${head}x: ${'x'.repeat(17_000)}`, /expected headers of at most 16384 bytes/],
    [`${head}content-length: 3\r\n\r\nab`, /expected a whole response, got the end of the connection/],
    [`${head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n`, /expected a whole response/],
    ['', /expected a whole response/],
  ];
  for (const [text, message] of expected) {
    assert.throws(() => read(text), message, text.slice(0, 80));
    assert.throws(() => read(text, Array(text.length).fill(1)), message, text.slice(0, 80));
  }
});

test('takes memory as the body grows, whatever length it is said to have', () => {
  const body = 'x'.repeat(3 << 20);
  const text = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  assert.equal(read(text, Array(64).fill(1 << 16), 1 << 30).body.length, body.length);
});
