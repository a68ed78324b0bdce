import type { Position } from '../../config/config-error.ts';

/** A block, such as `loki.write "default" { … }`. */
export interface Block {
  readonly kind: 'block';
  /** The parts of the name, with dots between them. */
  readonly name: string;
  readonly label: string | undefined;
  readonly at: Position;
  readonly body: readonly Statement[];
}

/** An attribute, such as `url = "…"`. */
export interface Attribute {
  readonly kind: 'attribute';
  readonly name: string;
  readonly at: Position;
  readonly value: Expression;
}

/** A statement of a body. */
export type Statement = Block | Attribute;

/** An expression. */
export type Expression =
  | {
      readonly kind: 'value';
      readonly at: Position;
      readonly value: string | number | boolean | null;
      readonly source?: string;
    }
  | { readonly kind: 'list'; readonly at: Position; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly at: Position; readonly fields: readonly ObjectField[] }
  /** A name with members, such as `loki.write.default.receiver`. */
  | { readonly kind: 'reference'; readonly at: Position; readonly path: readonly string[] }
  | { readonly kind: 'call'; readonly at: Position; readonly callee: Expression; readonly args: readonly Expression[] }
  | { readonly kind: 'index'; readonly at: Position; readonly object: Expression; readonly index: Expression }
  | {
      readonly kind: 'operation';
      readonly at: Position;
      readonly operator: string;
      readonly operands: readonly Expression[];
    };

/** A field of an object. */
export interface ObjectField {
  readonly name: string;
  readonly at: Position;
  readonly value: Expression;
}
