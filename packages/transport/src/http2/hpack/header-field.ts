import { ENTRY_OVERHEAD_BYTES } from './static-table.ts';

/** Which messages are read: each kind has its own pseudo-header fields. */
export type MessageKind = 'request' | 'response';

/** One field as it stands in a table or a block. What is wrong with it alone is found once, when it is made. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** As RFC 7541, 4.1 counts it. */
  readonly sizeBytes: number;
  readonly isPseudo: boolean;
  /** Why a message with it is malformed. */
  readonly fieldError: string | undefined;
}

/** Makes a field of a name and a value of one character a byte. */
export function headerField(name: string, value: string, kind: MessageKind): HeaderField {
  const isPseudo = name.startsWith(':');
  return {
    name,
    value,
    sizeBytes: name.length + value.length + ENTRY_OVERHEAD_BYTES,
    isPseudo,
    fieldError: (isPseudo ? pseudoHeaderError(name, kind) : nameError(name, value)) ?? valueError(name, value),
  };
}

/** A name from a peer in a sentence: bounded, on one line. Values stay out of sentences, they may be secret. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

const PSEUDO_HEADERS: Readonly<Record<MessageKind, ReadonlySet<string>>> = {
  request: new Set([':method', ':scheme', ':authority', ':path']),
  response: new Set([':status']),
};

/** RFC 9113, 8.2.2: they speak of the connection, which HTTP/2 does itself. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

function pseudoHeaderError(name: string, kind: MessageKind): string | undefined {
  return PSEUDO_HEADERS[kind].has(name) ? undefined : `${shown(name)} is no pseudo-header field of a ${kind}`;
}

function nameError(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `expected a field name of lower-case letters, got ${shown(name)}`;
  if (CONNECTION_HEADERS.has(name)) return `the field ${shown(name)} has no place in HTTP/2`;
  return name === 'te' && value !== 'trailers' ? 'te: expected "trailers" or no such field' : undefined;
}

/** RFC 9113, 8.2.1, and the control characters of RFC 9110, 5.5. */
function valueError(name: string, value: string): string | undefined {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== TAB) || code === DELETE) return `the value of ${shown(name)} has a control character`;
  }
  return isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1))
    ? `the value of ${shown(name)} begins or ends with white space`
    : undefined;
}

function isSpace(code: number): boolean {
  return code === TAB || code === 0x20;
}

const TAB = 0x09;
const DELETE = 0x7f;
