import type { ComponentKind } from '../component/contract.ts';
import type { Definition } from '../component/define.ts';
import type { Applied } from './apply.ts';
import type { Tree } from './tree.ts';

/** All components by kind and type, loaded on first use. `npm run generate` writes this package's registry. */
export type Registry = Readonly<Record<ComponentKind, Readonly<Record<string, RegistryEntry>>>>;

/** The options of a component, as written. */
export interface WrittenConfig {
  readonly id: string;
  readonly type: string;
  readonly tree: Tree;
  readonly path: readonly (string | number)[];
}

/** A component that can be configured. */
export interface RegistryEntry {
  readonly aliases?: readonly string[];
  load(): Promise<Definition>;
  /** Identifies the version of a definition that a module of the user has. Equal versions are the same definition. */
  readonly version?: string;
  /** Reads and checks the options of a component. Default: by the schema of the definition. */
  apply?(written: WrittenConfig): Promise<Applied<Record<string, unknown>>>;
}

/** Finds a component by its type or an alias. */
export function findEntry(
  registry: Registry,
  kind: ComponentKind,
  name: string,
): { readonly type: string; readonly entry: RegistryEntry } | undefined {
  const entries = registry[kind];
  if (Object.hasOwn(entries, name)) {
    const entry = entries[name];
    return entry && { type: name, entry };
  }
  const found = Object.entries(entries).find(([, { aliases }]) => aliases?.includes(name));
  return found && { type: found[0], entry: found[1] };
}

/** Returns all type names of a kind, including aliases. */
export function namesOf(registry: Registry, kind: ComponentKind): string[] {
  return Object.entries(registry[kind]).flatMap(([type, { aliases = [] }]) => [type, ...aliases]);
}
