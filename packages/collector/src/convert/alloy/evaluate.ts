import type { Position } from '../../config/config-error.ts';
import type { MapTree, Tree } from '../../config/tree.ts';
import type { ConversionReport, SourcePath } from '../report.ts';
import type { Block, Expression, Statement } from './syntax.ts';

/** Evaluates the expressions of a configuration to trees. Those that depend on the running program are reported. */
export class Evaluator {
  readonly #report: ConversionReport;

  constructor(report: ConversionReport) {
    this.#report = report;
  }

  /**
   * Returns a body as a mapping. A block is a mapping at its name, several blocks of a name are a list, and a block in
   * `skip` is left out.
   */
  body(block: { readonly at: Position; readonly body: readonly Statement[] }, path: SourcePath, skip = ''): MapTree {
    const entries = new Map<string, Tree>();
    const keyPositions = new Map<string, Position>();
    for (const statement of block.body) {
      const { name, at } = statement;
      if (statement.kind === 'block' && skip !== '' && name.startsWith(skip)) continue;
      const tree =
        statement.kind === 'attribute'
          ? this.value(statement.value, [...path, name])
          : this.#withLabel(statement, this.body(statement, [...path, name]));
      const known = entries.get(name);
      if (known === undefined) keyPositions.set(name, at);
      entries.set(name, known === undefined ? tree : joined(known, tree));
    }
    return { kind: 'map', at: block.at, entries, keyPositions };
  }

  #withLabel({ label, at }: Block, tree: MapTree): MapTree {
    if (label === undefined) return tree;
    return {
      ...tree,
      entries: new Map([['__label', { kind: 'scalar', at, value: label } as Tree], ...tree.entries]),
      keyPositions: new Map([['__label', at], ...tree.keyPositions]),
    };
  }

  /** Returns the value of an expression. */
  value(expression: Expression, path: SourcePath): Tree {
    const { at } = expression;
    switch (expression.kind) {
      case 'value':
        return {
          kind: 'scalar',
          at,
          value: expression.value,
          ...(expression.source !== undefined && { source: expression.source }),
        };
      case 'list':
        return { kind: 'list', at, items: expression.items.map((item, index) => this.value(item, [...path, index])) };
      case 'object': {
        const entries = expression.fields.map(({ name, value }) => [name, this.value(value, [...path, name])] as const);
        return {
          kind: 'map',
          at,
          entries: new Map(entries),
          keyPositions: new Map(expression.fields.map((field) => [field.name, field.at])),
        };
      }
      case 'reference':
        return this.#reference(expression.path.join('.'), at);
      case 'call':
        return this.#call(expression.callee, expression.args, path, at);
      case 'index':
        return this.#index(expression.object, expression.index, path, at);
      case 'operation':
        return this.#operation(expression.operator, expression.operands, path, at);
    }
  }

  #reference(name: string, at: Position): Tree {
    if (name === 'constants.hostname') return { kind: 'scalar', at, value: `\${env:HOSTNAME:-localhost}` };
    if (name === 'constants.os') return { kind: 'scalar', at, value: 'linux' };
    return { kind: 'scalar', at, value: name, reference: name };
  }

  #call(callee: Expression, args: readonly Expression[], path: SourcePath, at: Position): Tree {
    const name = callee.kind === 'reference' ? callee.path.join('.') : '';
    const values = args.map((arg) => this.value(arg, path));
    const [first, second] = values;
    if ((name === 'sys.env' || name === 'env') && first?.kind === 'scalar')
      return { kind: 'scalar', at, value: `\${env:${first.value}}` };
    if (/^(?:convert\.)?nonsensitive$/.test(name) && first !== undefined) return first;
    if (name === 'array.concat' || name === 'concat')
      return { kind: 'list', at, items: values.flatMap((value) => (value.kind === 'list' ? value.items : [value])) };
    if (first?.kind === 'scalar' && first.reference === undefined) {
      const text = String(first.value);
      const changed = CALLS[name]?.(text, second?.kind === 'scalar' ? String(second.value) : '');
      if (changed !== undefined) return { kind: 'scalar', at, value: changed };
    }
    return this.#unknown(`the function ${name} is not evaluated`, path, at);
  }

  #index(object: Expression, index: Expression, path: SourcePath, at: Position): Tree {
    const target = this.value(object, path);
    const key = this.value(index, path);
    if (key.kind === 'scalar' && target.kind === 'map') {
      const found = target.entries.get(String(key.value));
      if (found !== undefined) return found;
    }
    const found = target.kind === 'list' && key.kind === 'scalar' ? target.items[Number(key.value)] : undefined;
    return found ?? this.#unknown('a value of another component is not known when converting', path, at);
  }

  #operation(operator: string, operands: readonly Expression[], path: SourcePath, at: Position): Tree {
    const values = operands.map((operand) => this.value(operand, path));
    const known = values.map((value) =>
      value.kind === 'scalar' && value.reference === undefined ? value.value : undefined,
    );
    const [left, right] = known;
    if (values.length === 1 && operator === '-' && typeof left === 'number')
      return { kind: 'scalar', at, value: -left };
    if (values.length === 1 && operator === '!' && typeof left === 'boolean')
      return { kind: 'scalar', at, value: !left };
    if (operator === '+' && typeof left === 'string' && typeof right === 'string')
      return { kind: 'scalar', at, value: left + right };
    if (typeof left === 'number' && typeof right === 'number') {
      const result = ARITHMETIC[operator]?.(left, right);
      if (result !== undefined) return { kind: 'scalar', at, value: result };
    }
    return this.#unknown('the expression is not evaluated', path, at);
  }

  #unknown(message: string, path: SourcePath, at: Position): Tree {
    this.#report.missing({ position: at, path }, message, 'write the value, or a variable');
    return { kind: 'scalar', at, value: null };
  }
}

function joined(known: Tree, tree: Tree): Tree {
  return { kind: 'list', at: known.at, items: known.kind === 'list' ? [...known.items, tree] : [known, tree] };
}

const CALLS: Readonly<Record<string, (text: string, argument: string) => string>> = {
  'string.to_lower': (text) => text.toLowerCase(),
  'string.to_upper': (text) => text.toUpperCase(),
  'string.trim_space': (text) => text.trim(),
  'string.trim_prefix': (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  'string.trim_suffix': (text, suffix) =>
    suffix !== '' && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  to_lower: (text) => text.toLowerCase(),
  to_upper: (text) => text.toUpperCase(),
};

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
};
