import { literal } from './expressions.ts';

/** A template as an expression with replacements that follow it, or why there is none. */
export type ConvertedTemplate =
  | {
      readonly error?: undefined;
      readonly expression: string;
      /** Variables without which the template fails. */
      readonly required: readonly string[];
      /** Regular expressions whose matches are replaced in the result. */
      readonly replacements: readonly { readonly regex: string; readonly text: string }[];
    }
  | { readonly error: string };

/** Thrown inside of this module for a template that is not converted. */
class TemplateError extends Error {}

const ACTION = /\{\{(-?)\s*((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*(-?)\}\}/g;
/** Maximum number of actions. Templates have a few. */
const MAX_ACTIONS = 100;
const MAX_DEPTH = 20;

/** Converts a template of Go. `variable` returns the expression of a variable. */
export function convertTemplate(template: string, variable: (name: string) => string): ConvertedTemplate {
  const only = regexReplacement(template);
  if (only !== undefined)
    return { expression: `string(${variable(only.name)} ?? "")`, required: [only.name], replacements: [only] };
  try {
    const parser = new TemplateParser(tokensOf(template), variable);
    const expression = parser.whole();
    return { expression, required: [...parser.required], replacements: [] };
  } catch (error) {
    if (error instanceof TemplateError) return { error: `the template is not converted: ${error.message}` };
    throw error;
  }
}

/** Returns the parts of a template that consists of one replacement by a regular expression. */
function regexReplacement(template: string) {
  const call =
    /^\s*\{\{-?\s*regexReplaceAll(Literal)?\s+("(?:[^"\\]|\\.)*"|`[^`]*`)\s+\.(\w+)\s+("(?:[^"\\]|\\.)*"|`[^`]*`)\s*-?\}\}\s*$/.exec(
      template,
    );
  if (call === null) return undefined;
  const [, isLiteral, regex = '', name = '', text = ''] = call;
  const replacement = stringOf(text);
  return { name, regex: stringOf(regex), text: isLiteral ? replacement.replaceAll('$', '$$$$') : replacement };
}

type TemplateToken = { readonly kind: 'text' | 'action'; readonly text: string };

function tokensOf(template: string): TemplateToken[] {
  const tokens: TemplateToken[] = [];
  let end = 0;
  let trims = false;
  const add = (text: string, trimsEnd: boolean) => {
    let part = trims ? text.trimStart() : text;
    if (trimsEnd) part = part.trimEnd();
    if (part !== '') tokens.push({ kind: 'text', text: part });
  };
  for (const match of template.matchAll(ACTION)) {
    const [whole, left = '', action = '', right = ''] = match;
    add(template.slice(end, match.index), left === '-');
    if (!action.startsWith('/*')) tokens.push({ kind: 'action', text: action });
    if (tokens.length > MAX_ACTIONS) throw new TemplateError('it has too many actions');
    end = match.index + whole.length;
    trims = right === '-';
  }
  add(template.slice(end), false);
  if (template.slice(end).includes('{{')) throw new TemplateError('expected "}}"');
  return tokens;
}

class TemplateParser {
  /** Variables that functions outside of conditions have as arguments. */
  readonly required = new Set<string>();
  readonly #tokens: readonly TemplateToken[];
  readonly #variable: (name: string) => string;
  #position = 0;
  #depth = 0;
  #choices = 0;

  constructor(tokens: readonly TemplateToken[], variable: (name: string) => string) {
    this.#tokens = tokens;
    this.#variable = variable;
  }

  whole(): string {
    const expression = this.#list();
    const token = this.#tokens[this.#position];
    if (token !== undefined) throw new TemplateError(`unexpected {{ ${token.text} }}`);
    return expression;
  }

  /** Converts tokens up to an `else` or `end`. */
  #list(): string {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError('it is nested too deeply');
    const parts: string[] = [];
    for (let token = this.#tokens[this.#position]; token !== undefined; token = this.#tokens[this.#position]) {
      if (token.kind === 'action' && /^(?:else|end)\b/.test(token.text)) break;
      this.#position++;
      parts.push(token.kind === 'text' ? literal(token.text) : this.#action(token.text));
    }
    this.#depth--;
    return parts.length === 0 ? '""' : parts.join(' + ');
  }

  #action(text: string): string {
    if (/^if\b/.test(text)) return this.#choice(text.replace(/^if\s*/, ''));
    if (/^(?:range|with|define|template|block|\$)/.test(text)) throw new TemplateError(`{{ ${text} }} is not known`);
    const pipeline = new Pipeline(text, this.#variable);
    const value = pipeline.value();
    if (this.#choices === 0) for (const name of pipeline.required) this.required.add(name);
    return value;
  }

  #choice(condition: string): string {
    if (++this.#depth > MAX_DEPTH) throw new TemplateError('it is nested too deeply');
    const test = new Pipeline(condition, this.#variable).truth();
    this.#choices++;
    const yes = this.#list();
    const next = this.#tokens[this.#position++]?.text ?? '';
    let no = '""';
    if (/^else\s+if\b/.test(next)) no = this.#choice(next.replace(/^else\s+if\s*/, ''));
    else if (next === 'else') {
      no = this.#list();
      if (this.#tokens[this.#position++]?.text !== 'end') throw new TemplateError('expected {{ end }}');
    } else if (next !== 'end') throw new TemplateError('expected {{ end }}');
    this.#depth--;
    this.#choices--;
    return `((${test}) ? (${yes}) : (${no}))`;
  }
}

const TOKEN =
  /\s*(?:(?<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|\.(?<name>[A-Za-z_]\w*)|(?<number>-?\d+)|(?<function>[A-Za-z_]\w*)|(?<sign>[()|]))/y;

type ActionToken = { readonly kind: 'string' | 'name' | 'number' | 'function' | 'sign' | 'end'; readonly text: string };

/** The functions by their names, with the number of arguments. */
const FUNCTIONS: Readonly<Record<string, readonly [count: number, write: (...args: string[]) => string]>> = {
  ToLower: [1, (text) => `lower(${text})`],
  lower: [1, (text) => `lower(${text})`],
  ToUpper: [1, (text) => `upper(${text})`],
  upper: [1, (text) => `upper(${text})`],
  TrimSpace: [1, (text) => `trim(${text})`],
  trim: [1, (text) => `trim(${text})`],
  Trim: [2, (text, characters) => `trim(${text}, ${characters})`],
  TrimPrefix: [2, (text, prefix) => `trimPrefix(${text}, ${prefix})`],
  TrimSuffix: [2, (text, suffix) => `trimSuffix(${text}, ${suffix})`],
  trimPrefix: [2, (prefix, text) => `trimPrefix(${text}, ${prefix})`],
  trimSuffix: [2, (suffix, text) => `trimSuffix(${text}, ${suffix})`],
  replace: [3, (from, to, text) => `replace(${text}, ${from}, ${to})`],
  Replace: [
    4,
    (text, from, to, count) => {
      if (!count.startsWith('-')) throw new TemplateError('Replace is known with -1 only');
      return `replace(${text}, ${from}, ${to})`;
    },
  ],
  default: [2, (fallback, text) => `(${text} == "" ? ${fallback} : ${text})`],
  contains: [2, (part, text) => `(${text} contains ${part})`],
  hasPrefix: [2, (part, text) => `(${text} startsWith ${part})`],
  hasSuffix: [2, (part, text) => `(${text} endsWith ${part})`],
  eq: [2, (a, b) => `(${a} == ${b})`],
  ne: [2, (a, b) => `(${a} != ${b})`],
  not: [1, (value) => `!(${value})`],
};
/** Functions that accept a variable which does not exist. */
const ACCEPT_NIL = new Set(['default', 'eq', 'ne', 'not']);
const CONDITIONS = new Set(['contains', 'hasPrefix', 'hasSuffix', 'eq', 'ne', 'not']);

/** Converts the pipeline of an action, such as `.Value | ToLower`. */
class Pipeline {
  /** Variables that functions of texts have as arguments. */
  readonly required = new Set<string>();
  readonly #tokens: readonly ActionToken[];
  readonly #variable: (name: string) => string;
  #position = 0;

  constructor(text: string, variable: (name: string) => string) {
    this.#tokens = actionTokens(text);
    this.#variable = variable;
  }

  /** The text of the result. */
  value(): string {
    // A variable that does not exist prints this.
    const [token, end] = this.#tokens;
    if (token?.kind === 'name' && end?.kind === 'end') return `string(${this.#variable(token.text)} ?? "<no value>")`;
    return this.#end(this.#pipeline());
  }

  /** Whether the result is not empty. */
  truth(): string {
    const isCondition = this.#tokens.some(({ kind, text }) => kind === 'function' && CONDITIONS.has(text));
    const expression = this.#end(this.#pipeline());
    return isCondition ? expression : `${expression} != ""`;
  }

  #end(expression: string): string {
    if (this.#token.kind !== 'end') throw new TemplateError(`unexpected "${this.#token.text}"`);
    return expression;
  }

  get #token(): ActionToken {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '' };
  }

  #pipeline(): string {
    const first = this.#token;
    let value = this.#command([]);
    while (this.#accept('|')) {
      if (first.kind === 'name' && !ACCEPT_NIL.has(this.#token.text)) this.required.add(first.text);
      value = this.#command([value]);
    }
    return value;
  }

  #accept(sign: string): boolean {
    if (this.#token.kind !== 'sign' || this.#token.text !== sign) return false;
    this.#position++;
    return true;
  }

  #command(last: readonly string[]): string {
    const { kind, text } = this.#token;
    if (kind !== 'function') {
      if (last.length > 0) throw new TemplateError(`expected a function, got "${text}"`);
      return this.#operand();
    }
    this.#position++;
    const definition = Object.hasOwn(FUNCTIONS, text) ? FUNCTIONS[text] : undefined;
    if (definition === undefined) throw new TemplateError(`the function ${text} is not known`);
    const args: string[] = [];
    while (['string', 'name', 'number'].includes(this.#token.kind) || this.#token.text === '(') {
      if (this.#token.kind === 'name' && !ACCEPT_NIL.has(text)) this.required.add(this.#token.text);
      args.push(this.#operand());
    }
    args.push(...last);
    const [count, write] = definition;
    if (args.length !== count) throw new TemplateError(`${text} has ${count} arguments, got ${args.length}`);
    return write(...args);
  }

  #operand(): string {
    const { kind, text } = this.#token;
    this.#position++;
    if (kind === 'string') return literal(stringOf(text));
    if (kind === 'name') return `string(${this.#variable(text)} ?? "")`;
    if (kind === 'number') return text;
    if (kind !== 'sign' || text !== '(') throw new TemplateError(`expected a value, got "${text}"`);
    const value = this.#pipeline();
    if (!this.#accept(')')) throw new TemplateError('expected ")"');
    return value;
  }
}

function actionTokens(text: string): ActionToken[] {
  const tokens: ActionToken[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ''; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    const found = Object.entries(groups ?? {}).find(([, value]) => value !== undefined);
    if (found === undefined) throw new TemplateError(`unexpected "${text.slice(at, at + 20)}"`);
    tokens.push({ kind: found[0] as ActionToken['kind'], text: found[1] ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function stringOf(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1);
  return quoted
    .slice(1, -1)
    .replace(/\\(.)/g, (_, character: string) => ({ n: '\n', t: '\t', r: '\r' })[character] ?? character);
}
