import { type MessagePart, splitMessage } from '../errors/message-template.ts';

/** Stands for a variable part of a word. It equals itself, unlike the wildcard of a pattern. */
export const VARIABLE = '<_>';

/** The first line of a body, split at spaces into words. */
export interface MaskedLine {
  /** Words in which `VARIABLE` replaces each variable part. */
  readonly tokens: readonly string[];
  /** The variable parts of each word. */
  readonly values: readonly (readonly string[])[];
  /** Key of the JSON body that has the line; empty for a body of text. */
  readonly key: string;
  /** Whether the line was longer. */
  readonly isCut: boolean;
}

/** Characters of a line that are compared. */
const MAX_LINE = 1000;
/** Longer bodies are not parsed as JSON. */
const MAX_JSON = 20_000;
/** Keys of JSON bodies that contain the message, in order of preference. */
const MESSAGE_KEYS = ['message', 'msg', 'event', 'log', 'text', 'body'];
/** Escape sequences of terminals, and texts that would be taken for `VARIABLE`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const HIDDEN = /\u001b\[[0-9;:?]*[@-~]|<_>/g;

/** Splits the first line of a body, or of the message in a JSON body, into words and masks what varies in them. */
export function maskLine(body: string): MaskedLine {
  const { key, text } = messageOf(body);
  const start = text.search(/[^\t\n\f\r ]/);
  const newline = text.indexOf('\n', start);
  const end = newline < 0 ? text.length : newline;
  const line = start < 0 ? '' : text.slice(start, Math.min(end, start + MAX_LINE)).replace(/[\t\n\f\r ]+$/, '');
  const parts = key === '' && /^[[{]/.test(line) ? jsonParts(line) : partsOf(line);
  return { ...tokensOf(parts), key, isCut: end - start > MAX_LINE };
}

/** Fills the variable parts of a word. */
export function unmask(token: string, values: readonly string[]): string {
  let index = 0;
  return token.replaceAll(VARIABLE, () => values[index++] ?? VARIABLE);
}

function messageOf(body: string): { readonly key: string; readonly text: string } {
  if (/^\s*\{/.test(body) && body.length <= MAX_JSON) {
    const fields = parsed(body);
    const key = MESSAGE_KEYS.find((one) => typeof fields[one] === 'string' && fields[one] !== '');
    if (key !== undefined) return { key, text: String(fields[key]) };
  }
  return { key: '', text: body };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(body) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function partsOf(line: string): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  let end = 0;
  for (const match of line.matchAll(HIDDEN)) {
    parts.push(...splitMessage(line.slice(end, match.index), false), { text: match[0], isVariable: true });
    end = match.index + match[0].length;
  }
  return [...parts, ...splitMessage(line.slice(end), false)];
}

/** Returns the parts of JSON: keys are constant, and values vary. */
function jsonParts(line: string): readonly MessagePart[] {
  const parts: MessagePart[] = [];
  let end = 0;
  for (const match of line.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g)) {
    const isVariable = match[1] === undefined;
    parts.push({ text: line.slice(end, match.index), isVariable: false }, { text: match[0], isVariable });
    end = match.index + match[0].length;
  }
  return [...parts, { text: line.slice(end), isVariable: false }];
}

function tokensOf(parts: readonly MessagePart[]): Pick<MaskedLine, 'tokens' | 'values'> {
  const tokens = [''];
  const values: string[][] = [[]];
  for (const { text, isVariable } of parts) {
    const [first = '', ...others] = isVariable ? [VARIABLE] : text.split(' ');
    tokens[tokens.length - 1] += first;
    if (isVariable) values.at(-1)?.push(text);
    for (const other of others) {
      tokens.push(other);
      values.push([]);
    }
  }
  return { tokens, values };
}
