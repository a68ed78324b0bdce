import type { ConfiguredComponent } from '../../config/model.ts';
import type { Tree } from '../../config/tree.ts';
import { nameOf } from '../changes.ts';

/** Returns the place of a value in a configuration: `otelier.yaml:12:9: processors.filter.traces.span[0]`. */
export function placeIn(component: ConfiguredComponent, path: readonly (string | number)[] = []): string | undefined {
  const { written } = component;
  let { at } = written;
  let tree: Tree | undefined = written;
  for (const key of path) {
    tree = childOf(tree, key);
    if (tree === undefined) break;
    at = tree.at;
  }
  const keys = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  const name = `${nameOf(component).replace('/', '.')}${keys}`;
  return at.line === 0 ? `${at.source}: ${name}` : `${at.source}:${at.line}:${at.column}: ${name}`;
}

function childOf(tree: Tree | undefined, key: string | number): Tree | undefined {
  if (tree?.kind === 'map') return tree.entries.get(String(key));
  return tree?.kind === 'list' && typeof key === 'number' ? tree.items[key] : undefined;
}
