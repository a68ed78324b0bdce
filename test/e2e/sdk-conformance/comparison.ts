import type { Leaf } from './leaves.ts';

/** A field that the SDKs export differently. */
export interface Found {
  /** The scenario and the field's path. */
  readonly path: string;
  /** The value exported by opentelemetry-js, or `undefined` if the field is missing. */
  readonly official: Leaf | undefined;
  readonly ours: Leaf | undefined;
}

/** An intended difference, in one or more fields. */
export interface Difference {
  /** Matches field paths, which start with the scenario's name. */
  readonly path: RegExp;
  /** The value exported by opentelemetry-js, a pattern for it, or `undefined` if it exports nothing. */
  readonly official: Leaf | RegExp | undefined;
  readonly ours: Leaf | RegExp | undefined;
  readonly why: string;
  /** Whether the difference occurs only on some machines. */
  readonly dependsOnMachine?: true;
}

/** Returns the fields in which two exports differ. */
export function compareLeaves(
  scenario: string,
  official: ReadonlyMap<string, Leaf>,
  ours: ReadonlyMap<string, Leaf>,
): readonly Found[] {
  return [...new Set([...official.keys(), ...ours.keys()])]
    .map((path) => ({ path: `${scenario}: ${path}`, official: official.get(path), ours: ours.get(path) }))
    .filter((found) => found.official !== found.ours);
}

/** Reports whether a found difference is the intended one. */
export function explains(difference: Difference, { path, official, ours }: Found): boolean {
  return difference.path.test(path) && fits(difference.official, official) && fits(difference.ours, ours);
}

function fits(wanted: Leaf | RegExp | undefined, value: Leaf | undefined): boolean {
  return wanted instanceof RegExp ? value !== undefined && wanted.test(String(value)) : wanted === value;
}
