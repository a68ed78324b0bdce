import { TemplateError } from '../../go-template/ast.ts';
import { countArgument, textArgument } from '../../go-template/convert.ts';
import { compileExpression, queryEscape, replaceMatches } from '../../go-template/expressions.ts';
import { bounded, Int, MAX_TEXT, printValue, type TemplateFunction, type Value } from '../../go-template/values.ts';

/** Creates a function of texts. */
const ofTexts =
  (f: (...texts: string[]) => Value): TemplateFunction =>
  (...args) =>
    f(...args.map(textArgument));

/** Creates a function of a number and a text. */
const ofCount =
  (f: (count: number, text: string) => string): TemplateFunction =>
  (count, text) =>
    bounded(f(countArgument(count), textArgument(text)));

/** The functions on texts of Loki's templates. */
export const TEXT_FUNCTIONS: Readonly<Record<string, readonly [arguments: number, TemplateFunction]>> = {
  ToLower: [1, ofTexts((text) => text.toLowerCase())],
  ToUpper: [1, ofTexts((text) => text.toUpperCase())],
  lower: [1, ofTexts((text) => text.toLowerCase())],
  upper: [1, ofTexts((text) => text.toUpperCase())],
  title: [1, ofTexts((text) => text.replace(/(?<![\p{L}\p{Nd}_'])\p{L}/gu, (char) => char.toUpperCase()))],
  Replace: [
    4,
    (text, from, to, count) => replace(textArgument(text), textArgument(from), textArgument(to), countArgument(count)),
  ],
  replace: [3, ofTexts((from, to, text) => replace(text ?? '', from ?? '', to ?? '', -1))],
  Trim: [2, ofTexts((text, cutset) => trim(text ?? '', cutset ?? '', true, true))],
  TrimLeft: [2, ofTexts((text, cutset) => trim(text ?? '', cutset ?? '', true, false))],
  TrimRight: [2, ofTexts((text, cutset) => trim(text ?? '', cutset ?? '', false, true))],
  TrimPrefix: [2, ofTexts((text, prefix) => trimPrefix(prefix ?? '', text ?? ''))],
  TrimSuffix: [2, ofTexts((text, suffix) => trimSuffix(suffix ?? '', text ?? ''))],
  TrimSpace: [1, ofTexts((text) => (text ?? '').trim())],
  trim: [1, ofTexts((text) => (text ?? '').trim())],
  trimAll: [2, ofTexts((cutset, text) => trim(text ?? '', cutset ?? '', true, true))],
  trimPrefix: [2, ofTexts((prefix, text) => trimPrefix(prefix ?? '', text ?? ''))],
  trimSuffix: [2, ofTexts((suffix, text) => trimSuffix(suffix ?? '', text ?? ''))],
  contains: [2, ofTexts((part, text) => (text ?? '').includes(part ?? ''))],
  hasPrefix: [2, ofTexts((part, text) => (text ?? '').startsWith(part ?? ''))],
  hasSuffix: [2, ofTexts((part, text) => (text ?? '').endsWith(part ?? ''))],
  trunc: [2, ofCount(truncate)],
  substr: [3, (start, end, text) => substring(countArgument(start), countArgument(end), textArgument(text))],
  indent: [2, ofCount((count, text) => indent(count, text))],
  nindent: [2, ofCount((count, text) => `\n${indent(count, text)}`)],
  repeat: [2, ofCount(repeat)],
  alignLeft: [2, ofCount((count, text) => align(count, text, false))],
  alignRight: [2, ofCount((count, text) => align(count, text, true))],
  b64enc: [1, ofTexts((text) => Buffer.from(text ?? '').toString('base64'))],
  b64dec: [1, ofTexts(decodeBase64)],
  urlencode: [1, ofTexts((text) => queryEscape(text ?? ''))],
  urldecode: [1, ofTexts((text) => urlDecode(text ?? ''))],
  regexReplaceAll: [3, ofTexts((source, text, to) => replaceMatches(source ?? '', text ?? '', to ?? '', true))],
  regexReplaceAllLiteral: [3, ofTexts((source, text, to) => replaceMatches(source ?? '', text ?? '', to ?? '', false))],
  count: [2, ofTexts((source, text) => new Int(compileExpression(source ?? '').matches(text ?? '').length))],
  default: [-1, (fallback, value) => (value === undefined || value === '' || isZero(value) ? fallback : value)],
};

function isZero(value: Value): boolean {
  return (
    value === 0 ||
    value === false ||
    (value instanceof Int && value.value === 0n) ||
    ['[]', 'map[]'].includes(printValue(value))
  );
}

function replace(text: string, from: string, to: string, count: number): string {
  if (count < 0) return bounded(text.replaceAll(from, () => to));
  const parts = text.split(from);
  const head = parts.slice(0, count + 1).join(to);
  const tail = parts.slice(count + 1);
  return bounded(tail.length === 0 ? head : `${head}${from}${tail.join(from)}`);
}

function trim(text: string, cutset: string, isLeft: boolean, isRight: boolean): string {
  const chars = [...text];
  const set = new Set(cutset);
  let [from, to] = [0, chars.length];
  while (isLeft && from < to && set.has(chars[from] ?? '')) from += 1;
  while (isRight && to > from && set.has(chars[to - 1] ?? '')) to -= 1;
  return chars.slice(from, to).join('');
}

function trimPrefix(prefix: string, text: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function trimSuffix(suffix: string, text: string): string {
  return suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
}

function truncate(count: number, text: string): string {
  if (count < 0 && text.length + count > 0) return text.slice(text.length + count);
  return count >= 0 && text.length > count ? text.slice(0, count) : text;
}

function substring(start: number, end: number, text: string): string {
  if (start < 0) return text.slice(0, Math.max(0, end));
  return end < 0 || end > text.length ? text.slice(start) : text.slice(start, Math.max(start, end));
}

function indent(count: number, text: string): string {
  const padding = repeat(count, ' ');
  if (padding.length * text.length > MAX_TEXT) throw new TemplateError('indent: the text would be too long');
  return padding + text.replaceAll('\n', `\n${padding}`);
}

function repeat(count: number, text: string): string {
  if (count < 0) throw new TemplateError('repeat: negative count');
  if (count * text.length > MAX_TEXT) throw new TemplateError('repeat: the text would be too long');
  return text.repeat(count);
}

function align(count: number, text: string, isRight: boolean): string {
  const chars = [...text];
  if (count < 0 || count === chars.length) return text;
  if (count > chars.length) {
    const padding = repeat(count - chars.length, ' ');
    return isRight ? padding + text : text + padding;
  }
  return (isRight ? chars.slice(chars.length - count) : chars.slice(0, count)).join('');
}

function decodeBase64(text: string): string {
  const remainder = text.length % 4;
  const padded = remainder === 2 || remainder === 3 ? text.padEnd(text.length + 4 - remainder, '=') : text;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(padded) || padded.length % 4 !== 0) {
    const at = padded.search(/[^A-Za-z0-9+/=]/);
    return `illegal base64 data at input byte ${at < 0 ? padded.length : at}`;
  }
  return Buffer.from(padded, 'base64').toString();
}

function urlDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new TemplateError(`error calling urldecode: invalid URL escape in ${JSON.stringify(text)}`);
  }
}
