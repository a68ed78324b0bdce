import { ENTRY_OVERHEAD_BYTES } from './static-table.ts';

/** Kind of message, which determines the allowed pseudo-header fields. */
export type MessageKind = 'request' | 'response';

/** A field in a table or a block, validated once on creation. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
  /** Size as defined by RFC 7541, 4.1. */
  readonly sizeBytes: number;
  readonly isPseudo: boolean;
  /** Why a message with this field is malformed. */
  readonly fieldError: string | undefined;
}

/** Creates a field from a name and a value, one character per byte. */
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

/**
 * Quotes a peer's field name for an error message: truncated, on one line. Values are never quoted, because they may be
 * secret.
 */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

const PSEUDO_HEADERS: Readonly<Record<MessageKind, ReadonlySet<string>>> = {
  request: new Set([':method', ':scheme', ':authority', ':path']),
  response: new Set([':status']),
};

/** Connection-specific fields (RFC 9113, 8.2.2), which HTTP/2 does not allow. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

function pseudoHeaderError(name: string, kind: MessageKind): string | undefined {
  return PSEUDO_HEADERS[kind].has(name)
    ? undefined
    : `expected a pseudo-header field of a ${kind}, got ${quoted(name)}`;
}

function nameError(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return `expected a field name of lower-case letters, got ${quoted(name)}`;
  if (CONNECTION_HEADERS.has(name)) return `expected no connection-specific field, got ${quoted(name)}`;
  return name === 'te' && value !== 'trailers' ? 'te: expected "trailers" or no field' : undefined;
}

/** Returns why a value is invalid, according to RFC 9113, 8.2.1, or because of control characters (RFC 9110, 5.5). */
function valueError(name: string, value: string): string | undefined {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== TAB) || code === DELETE)
      return `${quoted(name)}: expected a value without control characters`;
  }
  return isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(value.length - 1))
    ? `${quoted(name)}: expected a value without surrounding whitespace`
    : undefined;
}

function isSpace(code: number): boolean {
  return code === TAB || code === 0x20;
}

const TAB = 0x09;
const DELETE = 0x7f;
