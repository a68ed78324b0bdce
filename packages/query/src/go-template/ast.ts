/** A term of a command in a template. */
export type Term =
  /** `isFloat` is set for a number that is written with a point or an exponent. */
  | { readonly kind: 'constant'; readonly value: string | number | boolean | undefined; readonly isFloat?: boolean }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  /** Fields of another term: `.a.b`, `$x.a` or `(…).a`. */
  | { readonly kind: 'fields'; readonly of: Term; readonly names: readonly string[] };

/** A function or value with its arguments. */
export type Command = readonly Term[];

/** Commands, each of which has the result of the one before as its last argument. */
export interface Pipeline {
  readonly variables: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

/** A conditional part of a template, or a loop. */
export interface Block {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly fallback: readonly Node[];
}

export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | Block
  | { readonly kind: 'break' | 'continue' }
  /** Executes a defined template on a value. */
  | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined };

/** Bodies of the templates that a text defines, by name. */
export type Definitions = Map<string, readonly Node[]>;

/** A template that cannot be parsed or executed. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
