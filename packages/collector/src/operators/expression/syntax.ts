/** Thrown for an expression that cannot be parsed. The message describes the error. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** The syntax tree of an expression. */
export type Expression =
  | { readonly kind: 'constant'; readonly value: string | number | bigint | boolean | undefined }
  | { readonly kind: 'name'; readonly name: string }
  /** The element of the innermost predicate, `#`, or `#acc` and `#index`. */
  | { readonly kind: 'element'; readonly name: 'value' | 'acc' | 'index' }
  | {
      readonly kind: 'member';
      readonly object: Expression;
      readonly key: Expression;
      readonly isOptional: boolean;
    }
  | {
      readonly kind: 'slice';
      readonly object: Expression;
      readonly from: Expression | undefined;
      readonly to: Expression | undefined;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'predicate'; readonly body: Expression }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'choice';
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly kind: 'let'; readonly name: string; readonly value: Expression; readonly body: Expression }
  | { readonly kind: 'list'; readonly elements: readonly Expression[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Expression, Expression])[] };
