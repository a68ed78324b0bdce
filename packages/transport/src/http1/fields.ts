import { malformed, type ParseError } from './parse-error.ts';

/** The lines of a block of fields, which ends with an empty line, judged one by one. */
export function parseFields(block: string): Fields | ParseError {
  const headers: Record<string, string> = Object.create(null);
  const framing: Framing = { contentLength: undefined, transferEncoding: undefined };
  for (let at = 0; ; ) {
    const end = block.indexOf('\r\n', at);
    if (end === at) return { headers, framing };
    const errorMessage = takeField(block.slice(at, end), headers, framing);
    if (errorMessage !== undefined) return malformed(errorMessage);
    at = end + 2;
  }
}

/** Fields by lower-case name, and those that frame the body apart from them. */
export interface Fields {
  readonly headers: Record<string, string>;
  readonly framing: Readonly<Framing>;
}

/** What says where the body ends. */
export interface Framing {
  contentLength: string | undefined;
  transferEncoding: string | undefined;
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
