import type { Random } from '@otelier/testkit/otlp/random';
import { mutateBytes } from './bytes.ts';

/** Generates one to three HTTP/1.1 requests on one connection, mutated where parsers are known to disagree. */
export function http1Stream(bodies: readonly Uint8Array[], random: Random): Uint8Array {
  const requests = bodies.map((body) => writeRequest(body, random));
  const stream = Buffer.concat(requests);
  return random(6) === 0 ? mutateBytes(stream, random) : stream;
}

function writeRequest(body: Uint8Array, random: Random): Uint8Array {
  const isChunked = random(3) === 0;
  const lines = [
    'POST /v1/traces HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/x-protobuf',
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  ];
  for (let rest = random(3); rest > 0; rest--) mutateLines(lines, body.length, random);
  const head = lines.map((line) => line + lineEnd(random)).join('') + lineEnd(random);
  return Buffer.concat([Buffer.from(head, 'latin1'), isChunked ? chunked(body, random) : body]);
}

function mutateLines(lines: string[], length: number, random: Random): void {
  const at = random(lines.length);
  switch (random(8)) {
    case 0:
      lines.splice(at, 0, lines[at] ?? '');
      break;
    case 1:
      lines.splice(at, 1);
      break;
    case 2:
      lines[at] = mutateText(lines[at] ?? '', random);
      break;
    case 3:
      lines[0] = pick(REQUEST_LINES, random);
      break;
    case 4:
      lines.splice(1 + random(lines.length), 0, pick(LENGTHS, random).replaceAll('N', String(length)));
      break;
    default:
      lines.splice(1 + random(lines.length), 0, pick(HEADERS, random));
  }
}

/** Ways to declare the length of a body. A parser must accept only the plain one, and only once. */
const LENGTHS = [
  ...['Content-Length: N', 'content-length: N, N', 'Content-Length: +N', 'Content-Length: 0xN', 'Content-Length: N '],
  ...['Content-Length: 0N', 'Content-Length: -N', 'Content-Length: N;a=b', 'Content-Length : N', 'Content-Length:\tN'],
  ...['Content-Length: 1N', 'Content-Length: 0', 'Content-Length: ', 'Content-Length: "N"', 'Content-Length: N\u0000'],
  ...['Content-Length: 99999999999999999999', 'Content_Length: N', ' Content-Length: N', 'Content-Length: N\n X: y'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked, identity'],
  ...['Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked'],
  ...['Transfer-Encoding:\tchunked', 'Transfer-Encoding: "chunked"', 'Transfer-Encoding: CHUNKED', 'TE: chunked'],
  ...['Transfer-Encoding:\u000bchunked', 'Transfer-Encoding: chunked\r', 'X: y\r\n Transfer-Encoding: chunked'],
];
const HEADERS = [
  ...['Expect: 100-continue', 'Expect: x', 'Connection: close', 'Connection: keep-alive', 'Connection: content-length'],
  ...['Upgrade: h2c', 'Upgrade: websocket', 'Content-Encoding: identity', 'Content-Type: text/plain', 'Host: other'],
  ...[
    'X',
    'X:',
    ':',
    ': y',
    'X : y',
    'X\u0000: y',
    'X: \u0000',
    'X: \u007f',
    'X: é',
    'X\t: y',
    ' folded',
    '\tfolded',
    '',
  ],
  `X: ${'y'.repeat(5_000)}`,
  `X: ${'y'.repeat(20_000)}`,
  Array.from({ length: 300 }, (_, i) => `X${i}: y`).join('\r\n'),
];
const REQUEST_LINES = [
  ...['POST /v1/traces HTTP/1.0', 'POST /v1/traces HTTP/1.2', 'POST /v1/traces HTTP/2.0', 'POST /v1/traces HTTP/0.9'],
  ...['POST /v1/traces', 'post /v1/traces HTTP/1.1', 'GET /v1/traces HTTP/1.1', 'PUT /v1/traces HTTP/1.1', ''],
  ...[
    'POST  /v1/traces HTTP/1.1',
    'POST\t/v1/traces HTTP/1.1',
    'POST /v1/traces  HTTP/1.1',
    ' POST /v1/traces HTTP/1.1',
  ],
  ...[
    'POST http://a/v1/traces HTTP/1.1',
    'POST /v1/traces?a=b HTTP/1.1',
    'POST /v1/traces#x HTTP/1.1',
    'POST * HTTP/1.1',
  ],
  ...[
    'POST /v1/traces HTTP/1.1 ',
    'POST /v1/traces http/1.1',
    'POST /v1/tra\u0000ces HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
  ],
  ...[
    'OPTIONS /v1/traces HTTP/1.1',
    'PRI * HTTP/2.0',
    `POST /${'a'.repeat(20_000)} HTTP/1.1`,
    'POST /v1/tr%61ces HTTP/1.1',
  ],
];

function chunked(body: Uint8Array, random: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random(body.length));
    parts.push(Buffer.from(chunkHead(size, random), 'latin1'), body.subarray(at, at + size));
    parts.push(Buffer.from(random(30) === 0 ? pick(['', '\n', '\r', '\r\n\r\n', 'x\r\n'], random) : '\r\n'));
    at += size;
  }
  parts.push(Buffer.from(random(20) === 0 ? pick(LAST_CHUNKS, random) : '0\r\n\r\n', 'latin1'));
  return Buffer.concat(parts);
}

const LAST_CHUNKS = [
  ...[
    '0\r\n',
    '0\n\n',
    '00\r\n\r\n',
    '0\r\nX: y\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '0;a=b\r\n\r\n',
    '-0\r\n\r\n',
  ],
  ...['\r\n', '', '0 \r\n\r\n', '0\r\n \r\n', `0\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, '0\r\n\r\n\r\n\r\n'],
];

function chunkHead(size: number, random: Random): string {
  const hex = size.toString(16);
  if (random(12) > 0) return `${hex}\r\n`;
  const heads = [
    ...[
      `0${hex}\r\n`,
      `${hex.toUpperCase()}\r\n`,
      `0x${hex}\r\n`,
      `+${hex}\r\n`,
      `-${hex}\r\n`,
      ` ${hex}\r\n`,
      `${hex} \r\n`,
    ],
    ...[
      `${hex};a=b\r\n`,
      `${hex};a="\r\n"\r\n`,
      `${hex}\n`,
      `${hex}\r`,
      `${hex}g\r\n`,
      `${hex}\t\r\n`,
      `f${hex}\r\n`,
      '\r\n',
    ],
    ...[
      `ffffffffffffffff${hex}\r\n`,
      `1000000000000000${hex}\r\n`,
      `${hex};${'a'.repeat(20_000)}\r\n`,
      `${hex}\u0000\r\n`,
    ],
  ];
  return pick(heads, random);
}

function lineEnd(random: Random): string {
  return random(60) === 0 ? pick(['\n', '\r', '\n\r', '\r\r\n', ''], random) : '\r\n';
}

function mutateText(text: string, random: Random): string {
  return Buffer.from(mutateBytes(Buffer.from(text, 'latin1'), random)).toString('latin1');
}

function pick(values: readonly string[], random: Random): string {
  return values[random(values.length)] ?? '';
}
