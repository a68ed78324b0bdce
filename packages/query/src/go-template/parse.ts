import { type Command, type Definitions, type Node, type Pipeline, TemplateError, type Term } from './ast.ts';
import { type Piece, piecesOf, type Token } from './lexer.ts';

/** Maximum nesting of a template. */
const MAX_DEPTH = 50;
const END: Token = { kind: 'end', text: '', space: false };

/**
 * Parses a template in Go's language. `functions` are the known names. The templates that it defines are added to
 * `definitions`; without it, they are not supported. Throws a `TemplateError`.
 */
export function parseTemplate(
  template: string,
  functions: ReadonlySet<string>,
  definitions?: Definitions,
): readonly Node[] {
  const parser = new Parser(piecesOf(template), functions, definitions);
  const nodes = parser.list(0);
  if (parser.ended !== undefined) throw new TemplateError(`unexpected {{${parser.ended}}}`);
  return nodes;
}

class Parser {
  readonly #pieces: readonly Piece[];
  readonly #functions: ReadonlySet<string>;
  readonly #definitions: Definitions | undefined;
  /** The variables that are known at this place. */
  readonly #variables: string[] = ['$'];
  #next = 0;
  /** The keyword that ended a list, and the rest of its action. */
  ended: string | undefined;
  #rest: Tokens = new Tokens([], new Set(), []);

  constructor(pieces: readonly Piece[], functions: ReadonlySet<string>, definitions: Definitions | undefined) {
    this.#pieces = pieces;
    this.#functions = functions;
    this.#definitions = definitions;
  }

  /** Parses nodes up to `end`, `else` or the end of the template. */
  list(depth: number, isLoop = false): Node[] {
    if (depth > MAX_DEPTH) throw new TemplateError(`expected at most ${MAX_DEPTH} nested blocks`);
    const nodes: Node[] = [];
    this.ended = undefined;
    for (;;) {
      const piece = this.#pieces[this.#next];
      if (piece === undefined) return nodes;
      this.#next += 1;
      if ('text' in piece) {
        nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const tokens = new Tokens(piece.tokens, this.#functions, this.#variables);
      const keyword = tokens.keyword();
      if (keyword === 'end' || keyword === 'else') {
        this.ended = keyword;
        this.#rest = tokens;
        return nodes;
      }
      if (keyword === 'define') this.#define(tokens, depth);
      else nodes.push(this.#action(keyword, tokens, depth, isLoop));
    }
  }

  /** Parses the body of `define`, which only the outermost level may contain. */
  #define(tokens: Tokens, depth: number): void {
    if (depth > 0) throw new TemplateError('unexpected {{define}}');
    const name = tokens.name('define');
    tokens.finish('define clause');
    this.#body(name);
  }

  /** Parses a body in which only `$` is known, and adds it to the definitions. */
  #body(name: string): void {
    if (this.#definitions === undefined) throw new TemplateError('{{define}} and {{block}} are not supported');
    const known = this.#variables.splice(1);
    const body = this.list(1);
    if (this.ended !== 'end')
      throw new TemplateError(this.ended === undefined ? 'unexpected EOF' : 'unexpected {{else}}');
    this.ended = undefined;
    this.#variables.splice(1, this.#variables.length, ...known);
    // As in Go, an empty body does not replace a template.
    const isEmpty = body.every((node) => node.kind === 'text' && node.text.trim() === '');
    if (!isEmpty || !this.#definitions.has(name)) this.#definitions.set(name, body);
  }

  #action(keyword: string | undefined, tokens: Tokens, depth: number, isLoop: boolean): Node {
    switch (keyword) {
      case 'if':
      case 'with':
      case 'range':
        return this.#block(keyword, tokens, depth, isLoop || keyword === 'range');
      case 'break':
      case 'continue':
        if (!isLoop) throw new TemplateError(`{{${keyword}}} outside {{range}}`);
        tokens.finish(keyword);
        return { kind: keyword };
      case 'template':
      case 'block':
        return this.#template(keyword, tokens);
      default: {
        const pipeline = tokens.pipeline();
        tokens.finish('command');
        return { kind: 'action', pipeline };
      }
    }
  }

  #template(keyword: 'template' | 'block', tokens: Tokens): Node {
    if (this.#definitions === undefined) throw new TemplateError(`{{${keyword}}} is not supported`);
    const name = tokens.name(keyword);
    const pipeline = tokens.isFinished() && keyword === 'template' ? undefined : tokens.pipeline();
    tokens.finish(`${keyword} clause`);
    if (keyword === 'block') this.#body(name);
    return { kind: 'template', name, pipeline };
  }

  #block(kind: 'if' | 'with' | 'range', tokens: Tokens, depth: number, isLoop: boolean): Node {
    const known = this.#variables.length;
    const block = this.#blockParts(kind, tokens, depth, isLoop);
    this.#variables.length = known;
    return block;
  }

  #blockParts(kind: 'if' | 'with' | 'range', tokens: Tokens, depth: number, isLoop: boolean): Node {
    const pipeline = tokens.pipeline(kind === 'range');
    tokens.finish(kind);
    const body = this.list(depth + 1, isLoop);
    let fallback: Node[] = [];
    if (this.ended === 'else') {
      const chained = this.#rest.keyword();
      if (chained === 'if' || chained === 'with') {
        // The `end` of the chained block also ends this one.
        return { kind, pipeline, body, fallback: [this.#block(chained, this.#rest, depth + 1, isLoop)] };
      }
      this.#rest.finish('else');
      fallback = this.list(depth + 1, isLoop);
    }
    if (this.ended !== 'end') throw new TemplateError('unexpected EOF');
    this.ended = undefined;
    return { kind, pipeline, body, fallback };
  }
}

const KEYWORDS: ReadonlySet<string> = new Set([
  ...['if', 'else', 'end', 'range', 'with', 'define', 'template', 'block', 'break', 'continue'],
]);

/** The tokens of an action. */
class Tokens {
  readonly #tokens: readonly Token[];
  readonly #functions: ReadonlySet<string>;
  readonly #variables: string[];
  #at = 0;

  constructor(tokens: readonly Token[], functions: ReadonlySet<string>, variables: string[]) {
    this.#tokens = tokens;
    this.#functions = functions;
    this.#variables = variables;
  }

  /** Takes the next token if it is a keyword. */
  keyword(): string | undefined {
    const { kind, text } = this.#peek();
    if (kind !== 'identifier' || !KEYWORDS.has(text)) return undefined;
    this.#at += 1;
    return text;
  }

  /** Takes the quoted name of a template. */
  name(where: string): string {
    const { kind, value } = this.#take();
    if (kind !== 'string' || typeof value !== 'string') throw new TemplateError(`expected a quoted name in ${where}`);
    return value;
  }

  /** Reports whether the action ends here. */
  isFinished(): boolean {
    return this.#peek().kind === 'end';
  }

  /** Requires the end of the action. */
  finish(where: string): void {
    if (this.#peek().kind !== 'end') throw new TemplateError(`unexpected ${this.#describe()} in ${where}`);
  }

  pipeline(isRange = false, depth = 0): Pipeline {
    if (depth > MAX_DEPTH) throw new TemplateError(`expected at most ${MAX_DEPTH} nested parentheses`);
    const { variables, isAssignment } = this.#declaration(isRange);
    const commands = [this.#command(depth)];
    while (this.#accept('|')) commands.push(this.#command(depth));
    return { variables, isAssignment, commands };
  }

  #declaration(isRange: boolean): { readonly variables: readonly string[]; readonly isAssignment: boolean } {
    const names: string[] = [];
    const start = this.#at;
    while (this.#peek().kind === 'variable') {
      names.push(this.#take().text);
      if (this.#accept(':=')) {
        this.#variables.push(...names);
        return { variables: names, isAssignment: false };
      }
      if (this.#accept('=')) {
        for (const name of names) this.#requireVariable(name);
        return { variables: names, isAssignment: true };
      }
      if (!isRange || names.length > 1 || !this.#accept(',')) break;
    }
    this.#at = start;
    return { variables: [], isAssignment: false };
  }

  #command(depth: number): Command {
    const terms: Term[] = [];
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === 'end' || (kind === 'symbol' && (text === '|' || text === ')'))) break;
      terms.push(this.#operand(depth));
    }
    if (terms.length === 0) throw new TemplateError('missing value for command');
    return terms;
  }

  #operand(depth: number): Term {
    const first = this.#term(depth);
    const names: string[] = [];
    while (this.#peek().kind === 'field' && !this.#peek().space) names.push(this.#take().text);
    return names.length === 0 ? first : fieldsOf(first, names);
  }

  #term(depth: number): Term {
    const token = this.#take();
    switch (token.kind) {
      case 'string':
        return { kind: 'constant', value: token.value };
      case 'number':
        return { kind: 'constant', value: token.value, isFloat: /^[^xX]*[.eEpP]/.test(token.text) };
      case 'variable':
        this.#requireVariable(token.text);
        return { kind: 'variable', name: token.text };
      case 'field':
        return { kind: 'fields', of: { kind: 'dot' }, names: [token.text] };
      case 'identifier':
        return this.#named(token.text);
      default:
        if (token.text === '.') return { kind: 'dot' };
        if (token.text !== '(') throw new TemplateError(`unexpected ${JSON.stringify(token.text)} in operand`);
        return this.#parentheses(depth);
    }
  }

  #parentheses(depth: number): Term {
    const pipeline = this.pipeline(false, depth + 1);
    if (!this.#accept(')')) throw new TemplateError('unclosed left paren');
    return { kind: 'pipeline', pipeline };
  }

  #named(text: string): Term {
    if (text === 'true' || text === 'false') return { kind: 'constant', value: text === 'true' };
    if (text === 'nil') return { kind: 'constant', value: undefined };
    if (!this.#functions.has(text)) throw new TemplateError(`function ${JSON.stringify(text)} not defined`);
    return { kind: 'function', name: text };
  }

  #requireVariable(name: string): void {
    if (!this.#variables.includes(name)) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at += 1;
    return token;
  }

  #accept(symbol: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'symbol' || text !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #describe(): string {
    const { kind, text } = this.#peek();
    return kind === 'symbol' && text === ')' ? 'right paren' : JSON.stringify(text);
  }
}

function fieldsOf(of: Term, names: readonly string[]): Term {
  if (of.kind === 'fields') return { ...of, names: [...of.names, ...names] };
  if (of.kind === 'constant' || of.kind === 'function') throw new TemplateError(`unexpected . after term`);
  return { kind: 'fields', of, names };
}
