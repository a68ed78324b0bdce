import { malformed, type ParseError } from './parse-error.ts';

/** Parses the lines of a field block, which ends with an empty line. */
export function parseFields(block: string): Fields | ParseError {
  const headers: Record<string, string> = Object.create(null);
  const framing: Framing = { contentLength: undefined, transferEncoding: undefined };
  for (let at = 0; ; ) {
    const end = block.indexOf('\r\n', at);
    if (end === at) return { headers, framing };
    const error = parseField(block.slice(at, end), headers, framing);
    if (error !== undefined) return malformed(error);
    at = end + 2;
  }
}

/** Fields by lower-case name, with the message framing fields separate. */
export interface Fields {
  readonly headers: Record<string, string>;
  readonly framing: Readonly<Framing>;
}

/** Fields that determine where the body ends. */
export interface Framing {
  contentLength: string | undefined;
  transferEncoding: string | undefined;
}

/** The colon directly follows the name. A space before it has been used to hide a header from one of two parsers. */
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function parseField(line: string, headers: Record<string, string>, framing: Framing): string | undefined {
  const first = line.charCodeAt(0);
  if (first === SPACE || first === TAB) return 'expected a header on one line, got a folded one';
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
    const previous = headers[name];
    if (previous !== undefined && SINGLE.has(name)) return `expected one header ${name}, got two`;
    headers[name] = previous === undefined ? value : `${previous}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return undefined;
}

/** Headers that must not be repeated, because it would be ambiguous which value applies. */
const SINGLE: ReadonlySet<string> = new Set(['host', 'content-type', 'authorization', 'expect']);

const SPACE = 32;
const TAB = 9;

/** Removes spaces and tabs around a value. (`trim` would remove other characters as well.) */
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
