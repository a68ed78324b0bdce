import type { SeriesColor, SeriesOverride } from '../model/board.ts';

/** What overrides say of a series or a column. */
export interface Overridden {
  readonly name: string;
  readonly unit: string | undefined;
  readonly token: string | undefined;
  readonly isHidden: boolean;
  readonly isNegative: boolean;
}

const TOKENS: Readonly<Record<SeriesColor, string>> = {
  ok: '--ok-fill',
  warn: '--warn-fill',
  error: '--error-fill',
  gray: '--text-3',
  blue: '--svc-1',
  cyan: '--svc-6',
  purple: '--svc-12',
  pink: '--svc-4',
};

/** Creates a function that applies overrides to a series of a query, of which 0 is the first. */
export function overridesOf(overrides: readonly SeriesOverride[] = []): (name: string, query: number) => Overridden {
  const all = overrides.map((override) => ({
    ...override,
    pattern: override.by === 'pattern' ? new RegExp(override.of) : undefined,
  }));
  return (name, query) => {
    const found = all.filter(({ by, of, pattern }) =>
      by === 'query' ? of === letterOf(query) : (pattern?.test(name) ?? of === name),
    );
    const named = found.findLast((one) => one.name !== undefined);
    const color = found.findLast((one) => one.color !== undefined)?.color;
    return {
      name: named?.name === undefined ? name : renamed(name, named.pattern, named.name),
      unit: found.findLast(({ unit }) => unit !== undefined)?.unit,
      token: color === undefined ? undefined : TOKENS[color],
      isHidden: found.findLast(({ hidden }) => hidden !== undefined)?.hidden ?? false,
      isNegative: found.some(({ negative }) => negative === true),
    };
  };
}

function renamed(name: string, pattern: RegExp | undefined, to: string): string {
  return pattern === undefined ? to : name.replace(pattern, to);
}

/** Returns the letter of a query. */
export function letterOf(query: number): string {
  return String.fromCharCode(65 + query);
}
