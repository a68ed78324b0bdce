import { isDeepStrictEqual } from 'node:util';
import { SECTION_NAMES, SECTIONS } from '../components.ts';
import type { ConfiguredComponent, Section, ServiceConfig } from '../model.ts';
import type { Tree } from '../tree.ts';
import { isSameTree } from './same-tree.ts';

/** Returns whether a component of both configurations is unchanged. */
export type IsUnchanged = (component: Pick<ConfiguredComponent, 'kind' | 'id'>) => boolean;

/**
 * Compares the components of two configurations: their type, their configuration after expansion, the contents of the files
 * that they name, and the extensions that they use. Values are compared and never written anywhere, since they can be secrets.
 */
export function compareComponents(before: ServiceConfig, after: ServiceConfig): IsUnchanged {
  const results = new Map<string, boolean>();
  const extensions = new Set(after.service.extensions.map(({ id }) => id));
  const isUnchanged: IsUnchanged = ({ kind, id }) => {
    const key = `${kind}:${id}`;
    const known = results.get(key);
    if (known !== undefined) return known;
    // An extension whose configuration contains its own ID depends on no other result.
    results.set(key, true);
    const [old, now] = [find(before, kind, id), find(after, kind, id)];
    const result =
      old !== undefined &&
      now !== undefined &&
      isSame(old, now) &&
      usedExtensions(now, extensions).every((used) => isUnchanged({ kind: 'extension', id: used }));
    results.set(key, result);
    return result;
  };
  return isUnchanged;
}

function find(config: ServiceConfig, kind: ConfiguredComponent['kind'], id: string): ConfiguredComponent | undefined {
  const name = SECTION_NAMES.find((section) => SECTIONS[section] === kind);
  const section: Section | undefined = name && config[name];
  return section?.get(id);
}

function isSame(old: ConfiguredComponent, now: ConfiguredComponent): boolean {
  return (
    old.type === now.type &&
    (old.definition === now.definition || (old.version !== undefined && old.version === now.version)) &&
    isDeepStrictEqual(old.files, now.files) &&
    (old.config === now.config ||
      // Parsed values can contain functions, such as compiled conditions, which are never equal.
      isDeepStrictEqual(old.config, now.config) ||
      isSameTree(old.written, now.written))
  );
}

/**
 * Returns the extensions that a component can use: those whose IDs its configuration contains. A text that only looks like one
 * costs a restart that was not needed.
 */
function usedExtensions({ written }: ConfiguredComponent, extensions: ReadonlySet<string>): string[] {
  const used: string[] = [];
  const visit = (tree: Tree) => {
    if (tree.kind === 'map') for (const value of tree.entries.values()) visit(value);
    else if (tree.kind === 'list') for (const item of tree.items) visit(item);
    else if (typeof tree.value === 'string' && extensions.has(tree.value)) used.push(tree.value);
  };
  visit(written);
  return used;
}
