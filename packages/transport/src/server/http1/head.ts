import type { RequestHeaders } from '../../auth.ts';
import { type Framing, parseFields } from '../../http1/fields.ts';
import { malformed, type ParseError, parseError } from '../../http1/parse-error.ts';

/** The parsed head of a request. */
export interface RequestHead {
  readonly kind: 'head';
  readonly method: string;
  /** Request target as received: a path or an absolute URL (RFC 9112, 3.2.2). */
  readonly target: string;
  /** HTTP version. */
  readonly version: '1.0' | '1.1';
  /** Headers by lower-case name, without the message framing headers (`content-length`, `transfer-encoding`). */
  readonly headers: RequestHeaders;
  /** Length of the body; `undefined` if it is chunked. */
  readonly contentLength: number | undefined;
  /** Whether the client keeps the connection open for further requests. */
  readonly keepAlive: boolean;
  /** Whether the client waits for `100 Continue` before sending the body. */
  readonly expectsContinue: boolean;
}

/**
 * Parses a head, from the request line to the empty line (RFC 9112, 3 and 5). Strict where parsers are known to differ,
 * so that every hop between a client and this server sees the same requests.
 */
export function parseHead(text: string): RequestHead | ParseError {
  const lineEnd = text.indexOf('\r\n');
  const line = parseRequestLine(text.slice(0, lineEnd));
  if ('kind' in line) return line;
  const fields = parseFields(text.slice(lineEnd + 2));
  if ('kind' in fields) return fields;
  const { headers, framing } = fields;
  const hostError = validateHost(headers['host'], line.minor);
  if (hostError !== undefined) return malformed(hostError);
  const contentLength = bodyLength(framing, line.minor);
  if (typeof contentLength === 'string') return malformed(contentLength);
  const expect = line.minor === 0 ? undefined : headers['expect'];
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return parseError(417, 'expect: expected 100-continue, got another expectation');
  }
  return {
    kind: 'head',
    method: line.method,
    target: line.target,
    version: line.minor === 0 ? '1.0' : '1.1',
    headers,
    contentLength,
    keepAlive: keepsAlive(headers['connection'], line.minor),
    expectsContinue: expect !== undefined,
  };
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** Minor version of `HTTP/1.x`: 0 or 1. */
  readonly minor: number;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/([0-9])\.([0-9])$/;
/** RFC 9110, 9.3, and RFC 5789. CONNECT is omitted because it is for proxies and any protocol may follow it. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);
/** A path, a URL, or the asterisk form used by OPTIONS. */
const TARGET = /^(?:\/|https?:\/\/|\*$)/i;

function parseRequestLine(line: string): RequestLine | ParseError {
  const [whole, method = '', target = '', major, minor] = REQUEST_LINE.exec(line) ?? [];
  if (whole === undefined) return malformed('expected a request line such as "POST /v1/traces HTTP/1.1"');
  if (whole === 'PRI * HTTP/2.0') {
    return malformed('expected HTTP/1.1, got HTTP/2: this port serves OTLP/HTTP; use the OTLP/gRPC port');
  }
  if (major !== '1' || (minor !== '0' && minor !== '1')) {
    return parseError(505, `expected HTTP/1.1 or HTTP/1.0, got HTTP/${major}.${minor}`);
  }
  if (!METHODS.has(method)) return parseError(501, 'expected a method of HTTP such as POST, got another');
  if (!TARGET.test(target)) return malformed('expected a path or a URL in the request line');
  return { method, target, minor: Number(minor) };
}

/** RFC 9112, 6.3: returns the length, `undefined` for a chunked body, or an error message. */
function bodyLength({ contentLength, transferEncoding }: Framing, minor: number): number | undefined | string {
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return 'expected content-length or transfer-encoding, got both';
    if (minor === 0) return 'expected no transfer-encoding in HTTP/1.0';
    return transferEncoding.toLowerCase() === 'chunked' ? undefined : 'transfer-encoding: expected chunked alone';
  }
  if (contentLength === undefined) return 0;
  return /^[0-9]{1,15}$/.test(contentLength) ? Number(contentLength) : 'content-length: expected a number of bytes';
}

/** RFC 9112, 3.2: HTTP/1.1 requires exactly one `Host` header. */
function validateHost(host: string | undefined, minor: number): string | undefined {
  if (host === undefined) return minor === 0 ? undefined : 'expected a header host, got none';
  return HOST.test(host) ? undefined : 'host: expected a name or an address, with or without port';
}

const HOST = /^[0-9A-Za-z\-._~!$&'()*+,;=%[\]:]*$/;

function keepsAlive(connection: string | undefined, minor: number): boolean {
  if (connection === undefined) return minor === 1;
  const options = connection.toLowerCase().split(',');
  if (options.some((option) => option.trim() === 'close')) return false;
  return minor === 1 || options.some((option) => option.trim() === 'keep-alive');
}
