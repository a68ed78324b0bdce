import type { Pattern } from '@otelier/query/pattern';

/**
 * A parsed condition of the OpenTelemetry Transformation Language (OTTL), limited to comparisons, `and`, `or`, `not`, paths
 * and `IsMatch`. Offsets are character offsets in the text of the condition.
 */
export type Condition =
  | { readonly kind: 'any' | 'all'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'match'; readonly target: Operand; readonly pattern: Pattern }
  | { readonly kind: 'truth'; readonly value: boolean }
  /** A path as a condition, which matches if its value is `true`. */
  | { readonly kind: 'operand'; readonly operand: Operand };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** An operand of a comparison. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'path'; readonly path: Path };

/** A literal. `undefined` is OTTL's `nil`. */
export type Literal = string | number | bigint | boolean | Uint8Array | undefined;

/** A path such as `span.attributes["http.route"]`: names joined by dots, and the key if the last one is a map. */
export interface Path {
  readonly names: readonly string[];
  readonly key: string | undefined;
  /** The path as written. */
  readonly text: string;
  readonly offset: number;
}

/** An invalid condition. The message has the offset, the expected token and the actual one. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly offset: number;

  constructor(text: string, offset: number, error: string) {
    super(`${error}, at character ${offset + 1} of \`${text}\``);
    this.offset = offset;
  }
}
