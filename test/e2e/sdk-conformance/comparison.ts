import type { Leaf } from './leaves.ts';

/** A field that both SDKs do not export alike. */
export interface Found {
  /** The scenario and the field's path. */
  readonly path: string;
  /** `undefined`: the field is not there. */
  readonly official: Leaf | undefined;
  readonly ours: Leaf | undefined;
}

/** A difference that is meant, in one or more fields. */
export interface Difference {
  /** The paths, which begin with the scenario's name. */
  readonly path: RegExp;
  /** What opentelemetry-js exports: the value, `undefined` for nothing, or a pattern. */
  readonly official: Leaf | RegExp | undefined;
  readonly ours: Leaf | RegExp | undefined;
  readonly why: string;
  /** Is not there on every machine. */
  readonly dependsOnMachine?: true;
}

/** The fields in which two exports differ. */
export function compareLeaves(
  scenario: string,
  official: ReadonlyMap<string, Leaf>,
  ours: ReadonlyMap<string, Leaf>,
): readonly Found[] {
  return [...new Set([...official.keys(), ...ours.keys()])]
    .map((path) => ({ path: `${scenario}: ${path}`, official: official.get(path), ours: ours.get(path) }))
    .filter((found) => found.official !== found.ours);
}

/** Whether a difference that was found is the one that is meant. */
export function explains(difference: Difference, { path, official, ours }: Found): boolean {
  return difference.path.test(path) && fits(difference.official, official) && fits(difference.ours, ours);
}

function fits(wanted: Leaf | RegExp | undefined, value: Leaf | undefined): boolean {
  return wanted instanceof RegExp ? value !== undefined && wanted.test(String(value)) : wanted === value;
}
