import { type Applied, applySchema } from '../../../config/apply.ts';
import type { MapTree, Tree } from '../../../config/tree.ts';
import { parseYaml } from '../../../config/yaml/parse.ts';
import { type ScrapeConfig, scrapeConfig } from './scrape.ts';

/** Parses a scrape configuration under the names of Prometheus. */
export function parseJob(tree: Tree): Applied<ScrapeConfig> {
  return applySchema(scrapeConfig, tree, []);
}

/** Returns the tree of a plain value. */
export function treeOf(value: unknown, source: string): Tree {
  return treeOfText(JSON.stringify(value), source);
}

/** Returns the tree of a text in YAML or JSON. Throws an error that says where it is wrong. */
export function treeOfText(text: string, source: string): Tree {
  const { tree, errors } = parseYaml(source, text);
  const [first] = errors;
  if (tree === undefined) throw new Error(`${source}: ${first?.message ?? 'expected a map, got nothing'}`);
  return tree;
}

/** Returns a scrape configuration without its discovery, which is that of the allocator. */
export function withoutDiscovery(tree: MapTree): MapTree {
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => !isDiscovery(key))) };
}

/** Reports whether a field of a scrape configuration tells where targets come from. */
export function isDiscovery(key: string): boolean {
  return key === 'static_configs' || key.endsWith('_sd_configs');
}
