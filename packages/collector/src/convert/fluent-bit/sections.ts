import type { MapTree, Tree } from '../../config/tree.ts';
import type { SourcePath } from '../report.ts';

/** A section of a configuration of Fluent Bit, such as `[INPUT]`. Keys are in lower case; a repeated key is a list. */
export interface FluentSection {
  /** In lower case: `service`, `input`, `filter`, `output`, `parser`, `multiline_parser`. */
  readonly kind: string;
  readonly path: SourcePath;
  readonly tree: MapTree;
}

/** Adds a value to a mapping. */
export function addEntry(entries: Map<string, Tree>, key: string, tree: Tree): void {
  const known = entries.get(key);
  if (known === undefined) entries.set(key, tree);
  else
    entries.set(key, {
      kind: 'list',
      at: known.at,
      items: known.kind === 'list' ? [...known.items, tree] : [known, tree],
    });
}
