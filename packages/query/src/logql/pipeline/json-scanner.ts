/** A JSON text that is not valid. */
export class JsonScanError extends Error {
  override readonly name = 'JsonScanError';
}

export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array';

/** A value in a JSON text. For strings, the positions exclude the quotes. */
export interface JsonValue {
  readonly type: JsonType;
  readonly start: number;
  readonly end: number;
}

/** Maximum nesting; deeper values would overflow the stack. */
const MAX_DEPTH = 200;

/**
 * Reads JSON texts without building values, because labels keep numbers as they are written. Visits what precedes an
 * error. Throws a `JsonScanError`.
 */
export class JsonScanner {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Calls `visit` for each property of the object at a position. Returns the position behind the object. */
  object(start: number, visit: (key: string, value: JsonValue) => void, depth = 0): number {
    let at = this.space(start);
    if (this.text[at] !== '{') throw new JsonScanError("Value looks like object, but can't find closing '}' symbol");
    at = this.space(at + 1);
    if (this.text[at] === '}') return at + 1;
    for (;;) {
      if (this.text[at] !== '"') throw malformed();
      const keyEnd = this.#stringEnd(at);
      const key = unescapeJson(this.text.slice(at + 1, keyEnd - 1));
      at = this.space(keyEnd);
      if (this.text[at] !== ':') throw malformed();
      const value = this.value(at + 1, depth);
      visit(key, value);
      at = this.space(behind(value));
      if (this.text[at] === '}') return at + 1;
      if (this.text[at] !== ',') throw malformed();
      at = this.space(at + 1);
    }
  }

  /** Calls `visit` for each element of the array at a position. Returns the position behind the array. */
  array(start: number, visit: (index: number, value: JsonValue) => void, depth = 0): number {
    let at = this.space(this.space(start) + 1);
    if (this.text[at] === ']') return at + 1;
    for (let index = 0; ; index++) {
      const value = this.value(at, depth);
      visit(index, value);
      at = this.space(behind(value));
      if (this.text[at] === ']') return at + 1;
      if (this.text[at] !== ',') throw malformed();
      at += 1;
    }
  }

  /** Returns the value at a position. */
  value(start: number, depth = 0): JsonValue {
    const at = this.space(start);
    if (depth > MAX_DEPTH) throw malformed();
    switch (this.text[at]) {
      case '"':
        return { type: 'string', start: at + 1, end: this.#stringEnd(at) - 1 };
      case '{':
        return { type: 'object', start: at, end: this.object(at, () => undefined, depth + 1) };
      case '[':
        return { type: 'array', start: at, end: this.array(at, () => undefined, depth + 1) };
      default:
        return this.#literal(at);
    }
  }

  /** Returns the position of the next character that is no white space. */
  space(start: number): number {
    let at = start;
    while (at < this.text.length && this.text.charCodeAt(at) <= 32) at += 1;
    return at;
  }

  #stringEnd(start: number): number {
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      if (code === 92) at += 1;
      else if (code === 34) return at + 1;
    }
    throw malformed();
  }

  #literal(start: number): JsonValue {
    LITERAL.lastIndex = start;
    const literal = LITERAL.exec(this.text)?.[0] ?? '';
    const end = start + literal.length;
    if (literal === 'true' || literal === 'false') return { type: 'boolean', start, end };
    if (literal === 'null') return { type: 'null', start, end };
    if (/^-?\d/.test(literal)) return { type: 'number', start, end };
    throw new JsonScanError('Unknown value type');
  }
}

const LITERAL = /[^\s,\]}:"[{]*/y;

function behind({ type, end }: JsonValue): number {
  return type === 'string' ? end + 1 : end;
}

function malformed(): JsonScanError {
  return new JsonScanError('Malformed JSON error');
}

/** Decodes the escapes of a JSON string. Returns an empty string if one is invalid. */
export function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text.replaceAll('\ufffd', ' ');
  try {
    // Control characters are not allowed in JSON but occur in log lines.
    const escaped = text.replace(/\p{Cc}/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return String(JSON.parse(`"${escaped}"`))
      .toWellFormed()
      .replaceAll('\ufffd', ' ');
  } catch {
    return '';
  }
}
