import { constantOf } from '../compile/constant.ts';
import { defineFunction, type FunctionDefinition } from '../compile/function.ts';
import { any, optional, text } from '../compile/parameters.ts';
import { EvaluationError, typeName, type Value } from '../values/value.ts';

type Decoder = (bytes: Uint8Array) => string;

/** Converters that encode and decode strings. */
export const ENCODINGS: readonly FunctionDefinition[] = [
  defineFunction('Base64Encode', { target: text(), variant: optional(text()) }, ({ target, variant }) => (subject) => {
    const bytes = Buffer.from(target(subject));
    const name = variant?.(subject) ?? 'base64';
    switch (name) {
      case 'base64':
        return bytes.toString('base64');
      case 'base64-raw':
        return bytes.toString('base64').replace(/=+$/, '');
      case 'base64-url':
        return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
      case 'base64-raw-url':
        return bytes.toString('base64url');
      default:
        throw new EvaluationError(`expected a variant of base64, got "${name}"`);
    }
  }),
  defineFunction('Decode', { target: any(), encoding: text() }, ({ target, encoding }) => {
    const known = constantOf(encoding);
    const decoder = known === undefined ? undefined : decoderOf(known.value);
    return (subject) => {
      const bytes = bytesOf(target(subject));
      return (decoder ?? decoderOf(encoding(subject)))(bytes);
    };
  }),
];

function bytesOf(value: Value): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw new EvaluationError(`expected a string or bytes to decode, got ${typeName(value)}`);
}

/** Character sets and padding of the base64 variants. */
const BASE64: Readonly<Record<string, RegExp>> = {
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  'base64-raw': /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/,
  'base64-url': /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/,
  'base64-raw-url': /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?$/,
};

function decoderOf(name: string): Decoder {
  const pattern = Object.hasOwn(BASE64, name) ? BASE64[name] : undefined;
  if (pattern !== undefined) return (bytes) => decodeBase64(Buffer.from(bytes).toString('latin1'), pattern);
  if (/^(?:us-ascii|ascii)$/i.test(name)) return decodeAscii;
  try {
    const decoder = new TextDecoder(name, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch {
    throw new EvaluationError(`expected an encoding such as "base64" or "utf-16le", got "${name}"`);
  }
}

function decodeBase64(encoded: string, pattern: RegExp): string {
  const compact = encoded.replace(/[\r\n]/g, '');
  if (!pattern.test(compact)) throw new EvaluationError(`expected base64, got "${encoded}"`);
  return Buffer.from(compact, 'base64').toString('utf8');
}

/** Decodes ASCII; bytes outside ASCII become U+FFFD. */
function decodeAscii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => (byte < 128 ? String.fromCharCode(byte) : '\ufffd')).join('');
}
