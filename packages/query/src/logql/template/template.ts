import { compileTemplate as compile, type Functions } from '../../go-template/template.ts';
import type { Value } from '../../go-template/values.ts';
import { FUNCTIONS } from './functions.ts';

/** What a template is executed on. */
export interface TemplateInput {
  readonly labels: ReadonlyMap<string, string>;
  readonly line: string;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
}

/** Executes a template. Throws a `TemplateError`. */
export type Template = (input: TemplateInput) => string;

/** Names of functions that depend on the entry. */
const ENTRY_FUNCTIONS = ['__line__', '__timestamp__', 'now'];

/** Compiles a template in Go's language with Loki's functions. Throws a `TemplateError`. */
export function compileTemplate(text: string, nowMillis: () => number): Template {
  const template = compile(text, FUNCTIONS, ENTRY_FUNCTIONS);
  let entry: TemplateInput | undefined;
  const functions: Functions = new Map([
    ['__line__', [0, () => entry?.line]],
    ['__timestamp__', [0, () => timeOf(entry?.time ?? 0n)]],
    ['now', [0, () => timeOf(BigInt(Math.trunc(nowMillis())) * 1_000_000n)]],
  ]);
  return (input) => {
    entry = input;
    return template({ dot: input.labels, textMaps: new Set([input.labels]), functions });
  };
}

function timeOf(nanos: bigint): Value {
  return { kind: 'time', time: { nanos, zone: 'UTC' } };
}
