import { readCondition, writeAnyOf, writeCondition } from '../../../data/conditions.ts';
import type { Language } from '../../../query/languages.ts';
import type { Variables } from '../../../query/macros.ts';
import type { BoardVariable } from '../model/board.ts';

/** The choice of all values. */
export const ALL = '$__all';
/** What all values are in languages with regular expressions, unless the variable says it. */
const ANY = '.+';

/** A variable with its values and those that are chosen. */
export interface ChosenVariable {
  readonly variable: BoardVariable;
  /** Values of the store. `undefined` while they are read. */
  readonly options: readonly string[] | undefined;
  readonly chosen: readonly string[];
}

/** Reads the chosen values of the URL: `name=value`, repeated for several values. */
export function readChosen(items: readonly string[] | undefined): ReadonlyMap<string, readonly string[]> {
  const chosen = new Map<string, readonly string[]>();
  for (const item of items ?? []) {
    const at = item.indexOf('=');
    if (at < 1) continue;
    const name = item.slice(0, at);
    chosen.set(name, [...(chosen.get(name) ?? []), item.slice(at + 1)]);
  }
  return chosen;
}

/** Replaces the chosen values of a variable in the URL. */
export function writeChosen(
  items: readonly string[] | undefined,
  name: string,
  values: readonly string[],
): readonly string[] {
  return [
    ...(items ?? []).filter((item) => !item.startsWith(`${name}=`)),
    ...values.map((value) => `${name}=${value}`),
  ];
}

/** Returns the values that are chosen: those of the URL, those of the board if the store has them, or the first one. */
export function chosenOf(
  { value, all, multi, source }: BoardVariable,
  options: readonly string[] | undefined,
  asked: readonly string[] | undefined,
): readonly string[] {
  if (asked !== undefined) return multi ? asked : asked.slice(-1);
  if (source.from === 'text') return value.slice(0, 1);
  const known = value.filter((one) => (one === ALL ? all : (options?.includes(one) ?? true)));
  if (known.length > 0) return multi ? known : known.slice(0, 1);
  if (all) return [ALL];
  return options?.slice(0, 1) ?? [];
}

/** Returns the values of all variables for queries in a language. */
export function variablesFor(variables: readonly ChosenVariable[], language: Language): Variables {
  return Object.fromEntries(
    variables.map(({ variable, options, chosen }) => {
      if (!chosen.includes(ALL)) return [variable.name, chosen.length === 0 ? [''] : chosen];
      if (variable.allValue !== undefined && variable.allValue !== '') return [variable.name, [variable.allValue]];
      return [variable.name, language === 'sql' || variable.source.from === 'list' ? (options ?? []) : [ANY]];
    }),
  );
}

/** Returns a function that returns the values for which panels repeat: those that are chosen, or all. */
export function repeatValues(variables: readonly ChosenVariable[]): (name: string) => readonly string[] {
  return (name) => {
    const found = variables.find(({ variable }) => variable.name === name);
    return (found?.chosen.includes(ALL) ? found.options : found?.chosen) ?? [];
  };
}

/** Replaces `$name` in conditions. A condition on all values is dropped. */
export function expandWhere(where: readonly string[], variables: readonly ChosenVariable[]): readonly string[] {
  return where.flatMap((text) => {
    const condition = readCondition(text);
    const name = /^\$\{?(\w+)\}?$/.exec(condition?.value ?? '')?.[1];
    const found = variables.find(({ variable }) => variable.name === name);
    if (condition === undefined || found === undefined) return [text];
    const { chosen } = found;
    if (chosen.includes(ALL)) return [];
    const [only = ''] = chosen;
    if (condition.op === '=' && chosen.length > 1) return writeAnyOf(condition.field, chosen) ?? [];
    return [writeCondition(condition.field, condition.op, only)];
  });
}
