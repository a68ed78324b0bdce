import type { Signal } from '../signals.ts';
import { countItems } from '../wire/count.ts';
import { REQUEST_MESSAGES } from '../wire/descriptors.ts';
import { MAX_MESSAGE_DEPTH } from '../wire/validate.ts';
import { WireWriter } from '../wire/writer.ts';
import { type Plan, type PlannedField, planOf } from './plan.ts';
import { JsonValueError, readScalar } from './read-scalar.ts';
import { Char, JsonScanner, JsonSyntaxError, lineAndColumn } from './scanner.ts';

/** A request parsed from OTLP/JSON, or an error with its position. */
export type RequestFromJson =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly itemCount: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Converts an OTLP/JSON export request to canonical wire bytes (OTLP specification, "JSON Protobuf Encoding").
 *
 * IDs are hexadecimal, bytes are base64, 64-bit integers are exact strings or numbers, enums are numbers or names, and
 * names are in `lowerCamelCase` or `snake_case`. Unknown fields are ignored, and `null` is treated as missing. Repeated
 * fields, and multiple members of a oneof, are rejected, because readers would disagree on which one applies. Never
 * throws.
 */
export function requestFromJson(signal: Signal, text: string | Uint8Array): RequestFromJson {
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) return { ok: false, reason: `${signal} cannot be read from JSON; send protobuf` };
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const reading = new RequestReading(bytes);
  try {
    const request = reading.run(planOf(message.name));
    return { ok: true, bytes: request, itemCount: countItems(signal, request) };
  } catch (error) {
    return { ok: false, reason: reading.explain(error) };
  }
}

class RequestReading {
  readonly #scanner: JsonScanner;
  readonly #writer: WireWriter;
  /** Names and indexes on the path from the request to the current value. */
  readonly #path: (string | number)[] = [];

  constructor(bytes: Uint8Array) {
    this.#scanner = new JsonScanner(bytes);
    this.#writer = new WireWriter(Math.max(64, bytes.length >>> 1));
  }

  run(plan: Plan): Uint8Array {
    this.#message(plan, 0);
    this.#scanner.end();
    return this.#writer.finish();
  }

  /** Describes an error thrown by `run` to the sender. Rethrows the error if the sender did not cause it. */
  explain(error: unknown): string {
    const { bytes } = this.#scanner;
    if (error instanceof JsonSyntaxError) {
      const { line, column } = lineAndColumn(bytes, error.offset);
      return `malformed JSON at line ${line}, column ${column}: ${error.message}`;
    }
    if (!(error instanceof JsonValueError)) throw error;
    return `${formatPath(this.#path)}: expected ${error.expected}, got ${excerpt(bytes, error.offset)}`;
  }

  #message(plan: Plan, depth: number): void {
    const scanner = this.#scanner;
    if (scanner.peek() !== Char.openObject) throw new JsonValueError('an object', scanner.pos);
    if (depth > MAX_MESSAGE_DEPTH) {
      throw new JsonValueError(`messages nested no deeper than ${MAX_MESSAGE_DEPTH}`, scanner.pos);
    }
    scanner.pos++;
    let seen = 0;
    for (let isFirst = true; scanner.more(Char.closeObject, isFirst); isFirst = false) {
      const nameOffset = scanner.pos;
      scanner.string();
      // No OTLP name needs escapes, but any name may contain them.
      const field = scanner.escaped
        ? lookUp(plan, scanner.text())
        : plan.field(scanner.bytes, scanner.tokenStart, scanner.tokenEnd);
      scanner.expect(Char.colon);
      if (field === undefined) {
        scanner.skip();
      } else if (scanner.peek() === Char.n) {
        scanner.literal('null');
      } else {
        this.#path.push(field.descriptor.jsonName);
        if ((seen & field.excludes) !== 0) throw new JsonValueError(unseen(field), nameOffset);
        seen |= field.bit;
        this.#field(field, depth);
        this.#path.pop();
      }
    }
  }

  #field({ descriptor, message }: PlannedField, depth: number): void {
    if (descriptor.repeated) {
      this.#list(descriptor, message, depth);
    } else if (descriptor.kind === 'message') {
      this.#nested(descriptor.number, message, depth);
    } else {
      readScalar(this.#scanner, this.#writer, descriptor, descriptor.explicitPresence);
    }
  }

  #list(descriptor: PlannedField['descriptor'], message: Plan | undefined, depth: number): void {
    const scanner = this.#scanner;
    if (scanner.peek() !== Char.openList) throw new JsonValueError('a list', scanner.pos);
    scanner.pos++;
    const packed = descriptor.kind !== 'message' && descriptor.packed;
    const at = this.#path.length;
    let index = 0;
    for (; scanner.more(Char.closeList, index === 0); index++) {
      this.#path[at] = index;
      if (packed && index === 0) this.#writer.open(descriptor.number);
      if (descriptor.kind === 'message') this.#nested(descriptor.number, message, depth);
      else readScalar(scanner, this.#writer, descriptor, true);
    }
    this.#path.length = at;
    if (packed && index > 0) this.#writer.close();
  }

  #nested(number: number, message: Plan | undefined, depth: number): void {
    if (message === undefined) throw new Error(`no plan of the message in field ${number}`);
    this.#writer.open(number);
    this.#message(message, depth + 1);
    this.#writer.close();
  }
}

const encoder = new TextEncoder();

function lookUp(plan: Plan, name: string): PlannedField | undefined {
  const bytes = encoder.encode(name);
  return plan.field(bytes, 0, bytes.length);
}

function unseen({ descriptor }: PlannedField): string {
  return descriptor.oneof === undefined ? 'the field once' : `one member of "${descriptor.oneof}"`;
}

function formatPath(path: readonly (string | number)[]): string {
  if (path.length === 0) return 'request';
  return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : `${i === 0 ? '' : '.'}${step}`)).join('');
}

const MAX_EXCERPT = 40;

/** Returns the value at an offset in a form that the sender can recognize. */
function excerpt(bytes: Uint8Array, offset: number): string {
  const char = bytes[offset];
  if (char === undefined) return 'the end';
  if (char === Char.openObject) return 'an object';
  if (char === Char.openList) return 'a list';
  const text = new TextDecoder().decode(bytes.subarray(offset, offset + 4 * MAX_EXCERPT));
  const [token = ''] = /^"(?:[^"\\]|\\.)*"?|^[^\s,\]}]*/.exec(text) ?? [];
  // An unexpected string has not been scanned, and a line break in it would break the error message.
  const line = token.replace(/\p{Cc}/gu, '\ufffd');
  return line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT)}…` : line;
}
