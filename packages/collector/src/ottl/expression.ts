import type { Pattern } from '@otelier/query/pattern';

/**
 * A condition of the transformation language (OTTL) as far as it is needed to filter: comparisons, `and`, `or`, `not`,
 * paths and `IsMatch`. Offsets count characters from the start of the condition's text, for messages.
 */
export type Condition =
  | { readonly kind: 'any' | 'all'; readonly operands: readonly Condition[] }
  | { readonly kind: 'not'; readonly operand: Condition }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'match'; readonly target: Operand; readonly pattern: Pattern }
  | { readonly kind: 'truth'; readonly value: boolean }
  /** A path or literal that stands where a condition is expected: it must be a boolean. */
  | { readonly kind: 'operand'; readonly operand: Operand };

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** What is compared. */
export type Operand =
  | { readonly kind: 'literal'; readonly value: Literal }
  | { readonly kind: 'path'; readonly path: Path };

/** `undefined` is OTTL's `nil`. */
export type Literal = string | number | bigint | boolean | Uint8Array | undefined;

/** `span.attributes["http.route"]`: names joined by dots, with a key where the last one is a map. */
export interface Path {
  readonly names: readonly string[];
  readonly key: string | undefined;
  /** As the user wrote it. */
  readonly text: string;
  readonly offset: number;
}

/** A condition that cannot be understood: where, what was expected, what came. */
export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly offset: number;

  constructor(text: string, offset: number, error: string) {
    super(`${error}, at character ${offset + 1} of \`${text}\``);
    this.offset = offset;
  }
}
