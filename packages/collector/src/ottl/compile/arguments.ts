import { suggestion } from '../../config/nearest.ts';
import type { ArgumentSyntax } from '../grammar/syntax.ts';
import type { ArgumentCompiler, FunctionDefinition } from './function.ts';

/**
 * Compiles the arguments of a call, positional arguments first, then named ones. `fail` throws an error; without an
 * offset, its position is that of the call.
 */
export function compileArguments(
  { name, parameters }: FunctionDefinition,
  args: readonly ArgumentSyntax[],
  compiler: ArgumentCompiler,
  fail: (offset: number | undefined, error: string) => never,
): Record<string, unknown> {
  const keys = Object.keys(parameters);
  const compiled: Record<string, unknown> = {};
  let hasNamed = false;
  for (const [position, argument] of args.entries()) {
    if (argument.name === undefined && hasNamed)
      fail(argument.offset, 'expected a named argument: arguments by position come first');
    hasNamed ||= argument.name !== undefined;
    const key =
      argument.name === undefined ? keys[position] : keys.find((other) => sameName(other, argument.name ?? ''));
    const parameter = key === undefined ? undefined : parameters[key];
    if (key === undefined || parameter === undefined) {
      if (argument.name === undefined)
        return fail(argument.offset, `expected ${countOf(keys.length)} for ${name}, got ${args.length}`);
      const known = keys.map(snakeCase);
      return fail(
        argument.offset,
        `expected a parameter of ${name}, got unknown ${argument.name}${suggestion(argument.name, known)}`,
      );
    }
    compiled[key] = parameter.build(argument.value, compiler);
  }
  for (const key of keys)
    if (!Object.hasOwn(compiled, key) && parameters[key]?.isOptional === false)
      fail(undefined, `expected the argument ${snakeCase(key)} of ${name}`);
  return compiled;
}

function sameName(parameter: string, name: string): boolean {
  return simplify(parameter) === simplify(name);
}

function simplify(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function countOf(count: number): string {
  if (count === 0) return 'no arguments';
  return count === 1 ? 'at most one argument' : `at most ${count} arguments`;
}
