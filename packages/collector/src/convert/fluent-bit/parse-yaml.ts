import type { Diagnostic } from '../../config/config-error.ts';
import type { MapTree, Tree } from '../../config/tree.ts';
import { parseYaml } from '../../config/yaml/parse.ts';
import { addEntry, type FluentSection } from './sections.ts';

/** The sections of a configuration in YAML, and its other keys. */
export interface FluentYaml {
  readonly sections: FluentSection[];
  readonly root: MapTree;
  readonly errors: readonly Diagnostic[];
}

const PIPELINE: Readonly<Record<string, string>> = { inputs: 'input', filters: 'filter', outputs: 'output' };

/** Parses a configuration in YAML. */
export function parseFluentYaml(source: string, text: string): FluentYaml | readonly Diagnostic[] {
  const { tree, errors } = parseYaml(source, text);
  const position = { source, line: 1, column: 1 };
  if (errors.length > 0) return errors;
  if (tree?.kind !== 'map') return [{ severity: 'error', position, path: '', message: 'expected a mapping, got none' }];
  const sections: FluentSection[] = [];
  const addAll = (value: Tree | undefined, kind: string, path: readonly string[]) => {
    for (const [index, item] of listOf(value).entries())
      if (item.kind === 'map') sections.push({ kind, path: [...path, index], tree: lowerCase(item) });
  };
  const pipeline = tree.entries.get('pipeline');
  if (pipeline?.kind === 'map')
    for (const [key, kind] of Object.entries(PIPELINE)) addAll(pipeline.entries.get(key), kind, ['pipeline', key]);
  addAll(tree.entries.get('parsers'), 'parser', ['parsers']);
  addAll(tree.entries.get('multiline_parsers'), 'multiline_parser', ['multiline_parsers']);
  const service = tree.entries.get('service');
  if (service?.kind === 'map') sections.push({ kind: 'service', path: ['service'], tree: lowerCase(service) });
  return { sections, root: tree, errors };
}

function listOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  return tree.kind === 'list' ? tree.items : [tree];
}

/** Keys of plugins are written in any case. */
function lowerCase(tree: MapTree): MapTree {
  const entries = new Map<string, Tree>();
  for (const [key, value] of tree.entries)
    for (const item of value.kind === 'list' && value.items.every(({ kind }) => kind === 'scalar')
      ? value.items
      : [value])
      addEntry(entries, key.toLowerCase(), item);
  return {
    ...tree,
    entries,
    keyPositions: new Map([...tree.keyPositions].map(([key, at]) => [key.toLowerCase(), at])),
  };
}
