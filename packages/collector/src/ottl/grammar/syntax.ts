import type { Comparison } from '../values/compare.ts';

/** A parsed statement: an editor and its `where` condition. */
export interface StatementSyntax {
  readonly editor: CallSyntax;
  readonly where: ConditionSyntax | undefined;
}

/** A parsed boolean expression. */
export type ConditionSyntax =
  | { readonly kind: 'any' | 'all'; readonly operands: readonly ConditionSyntax[] }
  | { readonly kind: 'not'; readonly operand: ConditionSyntax }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: ValueSyntax;
      readonly right: ValueSyntax;
    }
  | { readonly kind: 'truth'; readonly value: boolean }
  /** A converter that returns a boolean. */
  | { readonly kind: 'converter'; readonly call: CallSyntax };

/** A parsed value. Offsets are character offsets in the statement. */
export type ValueSyntax = { readonly offset: number } & (
  | { readonly kind: 'literal'; readonly value: LiteralValue }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'functionName'; readonly name: string }
  | { readonly kind: 'path'; readonly path: PathSyntax }
  | { readonly kind: 'call'; readonly call: CallSyntax }
  | { readonly kind: 'list'; readonly values: readonly ValueSyntax[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, ValueSyntax])[] }
  | { readonly kind: 'negative'; readonly operand: ValueSyntax }
  | {
      readonly kind: 'math';
      readonly operator: MathOperator;
      readonly left: ValueSyntax;
      readonly right: ValueSyntax;
    }
  | { readonly kind: 'lambda'; readonly lambda: LambdaSyntax }
);

/** A literal: nil is `undefined`, integers are `bigint`, floats are `number`. */
export type LiteralValue = undefined | boolean | bigint | number | string | Uint8Array;

export type MathOperator = '+' | '-' | '*' | '/';

/** A function call, with the keys that follow it. */
export interface CallSyntax {
  readonly name: string;
  readonly args: readonly ArgumentSyntax[];
  readonly keys: readonly KeySyntax[];
  readonly offset: number;
}

/** An argument. `name` is set for `name = value`. */
export interface ArgumentSyntax {
  readonly name: string | undefined;
  readonly value: ValueSyntax;
  readonly offset: number;
}

/** A path such as `span.attributes["http.route"]`. */
export interface PathSyntax {
  readonly names: readonly string[];
  /** Keys that follow the last name. */
  readonly keys: readonly KeySyntax[];
  readonly offset: number;
}

/** A key in brackets: a literal string or integer, or an expression. */
export type KeySyntax = string | bigint | ValueSyntax;

/** A lambda such as `(key, value) => value == "x"`. */
export interface LambdaSyntax {
  /** Parameter names. `_` ignores a parameter. */
  readonly parameters: readonly string[];
  readonly body:
    | { readonly kind: 'value'; readonly value: ValueSyntax }
    | { readonly kind: 'condition'; readonly condition: ConditionSyntax };
  readonly offset: number;
}
