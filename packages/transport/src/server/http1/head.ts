import type { RequestHeaders } from '../../auth.ts';
import { malformed, type Refusal, refusal } from './refusal.ts';

/** What the head of a request says. */
export interface RequestHead {
  readonly kind: 'head';
  readonly method: string;
  /** The target as it came: a path, or a whole URL (RFC 9112, 3.2.2). */
  readonly target: string;
  /** By lower-case name, without those that frame the message (`content-length`, `transfer-encoding`). */
  readonly headers: RequestHeaders;
  /** Length of the body; `undefined` when it comes in chunks. */
  readonly contentLength: number | undefined;
  /** Whether the client wants the connection to serve further requests. */
  readonly keepAlive: boolean;
  /** Whether the client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
}

/**
 * Reads a head, which begins with a request line and ends with an empty line (RFC 9112, 3 and 5). Strict where readers
 * are known to differ: nobody between a client and this server can be brought to see other requests than it does.
 */
export function parseHead(text: string): RequestHead | Refusal {
  const lineEnd = text.indexOf('\r\n');
  const line = parseRequestLine(text.slice(0, lineEnd));
  if ('kind' in line) return line;
  const fields = parseFields(text.slice(lineEnd + 2));
  if ('kind' in fields) return fields;
  const { headers, framing } = fields;
  const hostProblem = problemOfHost(headers['host'], line.minor);
  if (hostProblem !== undefined) return malformed(hostProblem);
  const contentLength = bodyLength(framing, line.minor);
  if (typeof contentLength === 'string') return malformed(contentLength);
  const expect = line.minor === 0 ? undefined : headers['expect'];
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return refusal(417, 'expect: expected 100-continue, got another expectation');
  }
  return {
    kind: 'head',
    method: line.method,
    target: line.target,
    headers,
    contentLength,
    keepAlive: keepsAlive(headers['connection'], line.minor),
    expectsContinue: expect !== undefined,
  };
}

/** The lines of a block of fields, which ends with an empty line, judged one by one. */
export function parseFields(block: string): Fields | Refusal {
  const headers: Record<string, string> = Object.create(null);
  const framing: Framing = { contentLength: undefined, transferEncoding: undefined };
  for (let at = 0; ; ) {
    const end = block.indexOf('\r\n', at);
    if (end === at) return { headers, framing };
    const problem = takeField(block.slice(at, end), headers, framing);
    if (problem !== undefined) return malformed(problem);
    at = end + 2;
  }
}

/** Fields by lower-case name, and those that frame the body apart from them. */
export interface Fields {
  readonly headers: Record<string, string>;
  readonly framing: Readonly<Framing>;
}

interface Framing {
  contentLength: string | undefined;
  transferEncoding: string | undefined;
}

interface RequestLine {
  readonly method: string;
  readonly target: string;
  /** Of `HTTP/1.x`: 0 or 1. */
  readonly minor: number;
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/([0-9])\.([0-9])$/;
/** RFC 9110, 9.3, and RFC 5789. CONNECT, after which nothing need be HTTP any more, is for proxies. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);
/** A path, a URL, or the star that OPTIONS may have. */
const TARGET = /^(?:\/|https?:\/\/|\*$)/i;

function parseRequestLine(line: string): RequestLine | Refusal {
  const [whole, method = '', target = '', major, minor] = REQUEST_LINE.exec(line) ?? [];
  if (whole === undefined) return malformed('expected a request line such as "POST /v1/traces HTTP/1.1"');
  if (whole === 'PRI * HTTP/2.0') {
    return malformed('expected HTTP/1.1, got HTTP/2: this port takes OTLP over HTTP; OTLP over gRPC has another');
  }
  if (major !== '1' || (minor !== '0' && minor !== '1')) {
    return refusal(505, `expected HTTP/1.1 or HTTP/1.0, got HTTP/${major}.${minor}`);
  }
  if (!METHODS.has(method)) return refusal(501, 'expected a method of HTTP such as POST, got another');
  if (!TARGET.test(target)) return malformed('expected a path or a URL in the request line');
  return { method, target, minor: Number(minor) };
}

/** A colon follows the name at once: a space before it has been used to hide a header from one of two readers. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function takeField(line: string, headers: Record<string, string>, framing: Framing): string | undefined {
  const first = line.charCodeAt(0);
  if (first === SPACE || first === TAB) return 'expected a header in one line, got one that is folded';
  const colon = line.indexOf(':');
  if (colon < 0 || !FIELD_NAME.test(line.slice(0, colon))) return 'expected headers such as "name: value"';
  const name = line.slice(0, colon).toLowerCase();
  const value = trimmed(line, colon + 1);
  if (name === 'content-length') {
    if (framing.contentLength !== undefined) return 'expected one content-length, got two';
    framing.contentLength = value;
  } else if (name === 'transfer-encoding') {
    if (framing.transferEncoding !== undefined) return 'expected one transfer-encoding, got two';
    framing.transferEncoding = value;
  } else {
    const former = headers[name];
    if (former !== undefined && SINGLE.has(name)) return `expected one header ${name}, got two`;
    headers[name] = former === undefined ? value : `${former}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return undefined;
}

/** Headers of which two would leave open which one counts. */
const SINGLE: ReadonlySet<string> = new Set(['host', 'content-type', 'authorization', 'expect']);

const SPACE = 32;
const TAB = 9;

/** A value without the spaces and tabs around it. (`trim` would take more than those.) */
function trimmed(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isBlank(line.charCodeAt(start))) start++;
  while (end > start && isBlank(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** RFC 9112, 6.3: the length, `undefined` for chunks, or what is wrong. */
function bodyLength({ contentLength, transferEncoding }: Framing, minor: number): number | undefined | string {
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) return 'expected content-length or transfer-encoding, got both';
    if (minor === 0) return 'expected no transfer-encoding in HTTP/1.0';
    return transferEncoding.toLowerCase() === 'chunked' ? undefined : 'transfer-encoding: expected chunked alone';
  }
  if (contentLength === undefined) return 0;
  return /^[0-9]{1,15}$/.test(contentLength) ? Number(contentLength) : 'content-length: expected a number of bytes';
}

/** RFC 9112, 3.2: HTTP/1.1 has exactly one. */
function problemOfHost(host: string | undefined, minor: number): string | undefined {
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
