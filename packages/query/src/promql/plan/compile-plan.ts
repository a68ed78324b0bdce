import { millisOf } from '../evaluate/resolve.ts';
import type { Labels } from '../labels/labels.ts';
import { type CallExpr, type Expr, isSetOperator, unwrapped, type VectorSelector } from '../parse/ast.ts';
import { typeOf } from '../parse/check.ts';
import { aggregateNode } from './aggregate-node.ts';
import { binaryNode, setNode } from './binary-node.ts';
import { functionNode } from './function-node.ts';
import { nameless, type PlanContext, type PlanNode, PlanUnavailable } from './plan-node.ts';
import { rangeNode, selectNode } from './select-node.ts';

/** A sample of the result of a plan. The labels of a series are the same object while the selected series stay the same. */
export interface PlanSample {
  readonly labels: Labels;
  readonly value: number;
}

/** The samples that a selector of a plan reads before the time of evaluation. */
export interface PlanSelector {
  readonly selector: VectorSelector;
  /** From the oldest sample to the time of evaluation, in milliseconds. */
  readonly reachMillis: number;
}

/**
 * An expression that is evaluated at single times over samples in memory: whole vectors of floats at once, with labels,
 * groups and matches of series computed only when the series change. Results are those of `evaluateInstant`.
 */
export interface Plan {
  readonly selectors: readonly PlanSelector[];
  /** Evaluates at a time. Returns `undefined` if the general evaluation must be used. */
  run(context: PlanContext): readonly PlanSample[] | number | undefined;
}

/** Compiles an expression. `text` is its text. Returns `undefined` if a part of it needs the general evaluation. */
export function compilePlan(expr: Expr, text: string, lookbackMillis: number): Plan | undefined {
  const compiler = new Compiler(text, lookbackMillis);
  const root = compiler.compile(expr);
  if (root === undefined) return undefined;
  return {
    selectors: compiler.selectors,
    run(context) {
      try {
        const result = root.run(context);
        if (result.kind === 'scalar') return result.value;
        const samples: PlanSample[] = [];
        const { table, values, present } = result;
        for (let row = present.indexOf(1); row >= 0; row = present.indexOf(1, row + 1)) {
          samples.push({ labels: table.labels[row], value: values[row] });
        }
        return samples;
      } catch (error) {
        if (error instanceof PlanUnavailable) return undefined;
        throw error;
      }
    },
  };
}

class Compiler {
  readonly selectors: PlanSelector[] = [];
  readonly #text: string;
  readonly #lookbackMillis: number;

  constructor(text: string, lookbackMillis: number) {
    this.#text = text;
    this.#lookbackMillis = lookbackMillis;
  }

  compile(expr: Expr): PlanNode | undefined {
    const node = this.#compile(expr);
    // Parts without samples cost less than a lookup.
    if (node === undefined || typeOf(expr) !== 'vector' || expr.kind === 'paren') return node;
    const key = this.#text.slice(expr.start, expr.end);
    return {
      run(context) {
        const known = context.results.get(key);
        if (known !== undefined) return known;
        const result = node.run(context);
        context.results.set(key, result);
        return result;
      },
    };
  }

  #compile(expr: Expr): PlanNode | undefined {
    switch (expr.kind) {
      case 'number':
        return { run: () => ({ kind: 'scalar', value: expr.value }) };
      case 'paren':
        return this.compile(expr.expr);
      case 'unary':
        return this.#unary(expr.operator, this.compile(expr.expr));
      case 'selector':
        return this.#select(expr, this.#lookbackMillis) ? selectNode(expr) : undefined;
      case 'binary': {
        const [left, right] = [this.compile(expr.left), this.compile(expr.right)];
        if (left === undefined || right === undefined) return undefined;
        return isSetOperator(expr.operator) ? setNode(expr.operator, expr, left, right) : binaryNode(expr, left, right);
      }
      case 'aggregate': {
        const argument = expr.parameter === undefined ? this.compile(expr.expr) : undefined;
        return argument && aggregateNode(expr, argument);
      }
      case 'call':
        return this.#call(expr);
      case 'string':
      case 'matrix':
      case 'subquery':
        return undefined;
    }
  }

  #unary(operator: '+' | '-', argument: PlanNode | undefined): PlanNode | undefined {
    if (argument === undefined || operator === '+') return argument;
    return {
      run(context) {
        const value = argument.run(context);
        if (value.kind === 'scalar') return { kind: 'scalar', value: -value.value };
        return nameless({ ...value, values: value.values.map((one) => -one) });
      },
    };
  }

  #call(call: CallExpr): PlanNode | undefined {
    const args = call.args.map(unwrapped);
    const range = args.find((arg) => arg.kind === 'matrix');
    if (range !== undefined) {
      const others = args.filter((arg) => arg !== range);
      const numbers = others.flatMap((arg) => (arg.kind === 'number' ? [arg.value] : []));
      if (numbers.length < others.length || range.range.kind !== 'number') return undefined;
      return this.#select(range.selector, millisOf(range.range)) ? rangeNode(call, range, numbers) : undefined;
    }
    const nodes: PlanNode[] = [];
    for (const arg of args) {
      const node = this.compile(arg);
      if (node === undefined) return undefined;
      nodes.push(node);
    }
    return functionNode(call, nodes);
  }

  /** Notes what a selector reads. Returns whether a plan can read it. */
  #select(selector: VectorSelector, millis: number): boolean {
    const { at, offset, extension } = selector;
    const isPlain = at === undefined && extension === undefined && (offset === undefined || offset.kind === 'number');
    if (!isPlain || millisOf(offset) < 0) return false;
    this.selectors.push({ selector, reachMillis: millis + millisOf(offset) });
    return true;
  }
}

export type { PlanContext };
