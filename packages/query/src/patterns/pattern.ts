import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { errorMessage } from '../error-message.ts';
import { plainPattern } from './plain-pattern.ts';
import { requiredPart } from './required-part.ts';

/** A regular expression in RE2 syntax. Matching takes time linear in the length of the input. */
export interface Pattern {
  /** Reports whether the expression matches anywhere in the input. */
  test(text: string): boolean;
  /** The group names. */
  readonly groupNames: readonly string[];
  /**
   * Returns the named groups of the first match (empty for groups that did not participate), or `undefined` if there is
   * no match.
   */
  groups(text: string): Readonly<Record<string, string>> | undefined;
  /** Names of all groups by number. Number 0 is the whole match, and unnamed groups are `undefined`. */
  readonly names: readonly (string | undefined)[];
  /** Returns all non-overlapping matches in order, excluding an empty match directly after another one. */
  matches(text: string): PatternMatch[];
  /** Returns the range of each group in the first match, by number, or `undefined` if there is no match. */
  ranges(text: string): readonly GroupRange[] | undefined;
}

/** The range of a group in the input; −1 for a group that did not participate. */
export interface GroupRange {
  readonly start: number;
  readonly end: number;
}

/** A match of a pattern. */
export interface PatternMatch {
  readonly start: number;
  readonly end: number;
  /**
   * The matched string of each group by number, or `undefined` for groups that did not participate. Number 0 is the
   * whole match.
   */
  readonly groups: readonly (string | undefined)[];
}

/** Thrown for an invalid regular expression. The message contains the error and its position. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/** Maximum number of instructions in a compiled expression. Matching time is proportional to it. */
const MAX_INSTRUCTIONS = 10_000;
/** Limits the compile time before the number of instructions is known: repetitions × characters. */
const MAX_EXPANSION = 200_000;

/**
 * Compiles a regular expression with the semantics of Go and DuckDB (RE2). Throws `PatternError`. JavaScript's own engine
 * backtracks, which takes exponential time for expressions such as `^(\w+\s?)*$`. It is used only for expressions that
 * cannot backtrack.
 */
export function compilePattern(source: string, maxInstructions: number = MAX_INSTRUCTIONS): Pattern {
  return patternOf(source, () => {
    if (expansionOf(source) > MAX_EXPANSION) throw new PatternError('its counted repetitions are too large');
    const expression = compile(source);
    const size = expression.programSize();
    if (size <= maxInstructions) return fullPattern(expression);
    throw new PatternError(`it compiles to ${size} instructions, more than ${maxInstructions}`);
  });
}

/**
 * Compiles a regular expression that is part of the program. It can be larger than one that a user writes, and matches
 * in linear time too.
 */
export function compileTrustedPattern(source: string): Pattern {
  return patternOf(source, () => fullPattern(compile(source)));
}

function patternOf(source: string, compileFull: () => Pattern): Pattern {
  const plain = plainPattern(source);
  if (plain !== undefined) {
    let full: Pattern | undefined;
    const whole = () => (full ??= compileFull());
    return {
      test: (text) => plain.test(text),
      groupNames: [],
      groups: (text) => (plain.test(text) ? {} : undefined),
      get names() {
        return whole().names;
      },
      matches: (text) => (plain.test(text) ? whole().matches(text) : []),
      ranges: (text) => (plain.test(text) ? whole().ranges(text) : undefined),
    };
  }
  const full = compileFull();
  const required = requiredPart(source);
  if (required === undefined) return full;
  return {
    ...full,
    test: (text) => required.test(text) && full.test(text),
    groups: (text) => (required.test(text) ? full.groups(text) : undefined),
    matches: (text) => (required.test(text) ? full.matches(text) : []),
    ranges: (text) => (required.test(text) ? full.ranges(text) : undefined),
  };
}

function fullPattern(expression: RE2JS): Pattern {
  const named = Object.entries(expression.namedGroups());
  const groupNames = named.map(([name]) => name);
  const names = Array.from(
    { length: expression.groupCount() + 1 },
    (_, number) => named.find(([, group]) => group === number)?.[0],
  );
  return {
    groupNames,
    names,
    test: (text) => expression.test(text),
    matches: (text) => matchesOf(expression, text),
    ranges: (text) => rangesOf(expression, text),
    groups(text) {
      const matcher = expression.matcher(text);
      if (!matcher.find()) return undefined;
      return Object.fromEntries(groupNames.map((name) => [name, matcher.group(name) ?? '']));
    },
  };
}

/** Like Go, skips an empty match directly after another match. */
function matchesOf(expression: RE2JS, text: string): PatternMatch[] {
  const matcher = expression.matcher(text);
  const found: PatternMatch[] = [];
  for (let end = -1; matcher.find(); ) {
    if (matcher.start() === matcher.end() && matcher.start() === end) continue;
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, number) => matcher.group(number) ?? undefined);
    end = matcher.end();
    found.push({ start: matcher.start(), end, groups });
  }
  return found;
}

function rangesOf(expression: RE2JS, text: string): GroupRange[] | undefined {
  const matcher = expression.matcher(text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: matcher.groupCount() + 1 }, (_, number) => ({
    start: matcher.start(number),
    end: matcher.end(number),
  }));
}

function compile(source: string): RE2JS {
  try {
    return engine().compile(source);
  } catch (error) {
    throw new PatternError(errorMessage(error).replace(/^error parsing regexp: /, ''), { cause: error });
  }
}

/**
 * Counts repetitions such as `{2,1000}`, which copy their operand. The engine limits nested ones, but not their sum.
 */
function expansionOf(source: string): number {
  let repetitions = 1;
  for (const [, min, max] of source.matchAll(/\{(\d{1,9})(?:,(\d{0,9}))?\}/g)) repetitions += Number(max || min);
  return repetitions * source.length;
}

const require = createRequire(import.meta.url);
let loaded: typeof RE2JS | undefined;

/** Loads the engine (260 kB) on first use. */
function engine(): typeof RE2JS {
  loaded ??= (require('re2js') as { readonly RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}
