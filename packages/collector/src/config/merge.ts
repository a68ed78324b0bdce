import { type Diagnostic, type Position, wholeSource } from './config-error.ts';
import { emptyMap, MAX_DEPTH, type MapTree, mergeTrees, moveTree, type Tree } from './tree.ts';
import { parseYaml } from './yaml/parse.ts';

/**
 * Parses a setting such as `receivers.otlp.protocols.grpc.endpoint=0.0.0.0:4317`, in which `::` can replace `.`, into a
 * configuration.
 */
export function parseSetting(setting: string): { tree: MapTree | undefined; errors: readonly Diagnostic[] } {
  const at = wholeSource('--set');
  const equals = setting.indexOf('=');
  const keys = splitKeys(setting.slice(0, Math.max(equals, 0)));
  if (equals <= 0 || keys.some((key) => key === '')) {
    const message = `expected KEY.KEY=VALUE, got "${equals < 0 ? setting : setting.slice(0, equals)}"`;
    return { tree: undefined, errors: [{ severity: 'error', position: at, path: '', message }] };
  }
  if (keys.length > MAX_DEPTH) {
    const message = `expected at most ${MAX_DEPTH} keys, got ${keys.length}`;
    return { tree: undefined, errors: [{ severity: 'error', position: at, path: '', message }] };
  }
  const { tree, errors } = parseYaml(at.source, setting.slice(equals + 1));
  if (tree === undefined || errors.length > 0) {
    return { tree: undefined, errors: errors.map((error) => ({ ...error, position: at, path: keys.join('.') })) };
  }
  const wrapped = nested(keys, moveTree(tree, at), at);
  return { tree: wrapped.kind === 'map' ? wrapped : emptyMap(at), errors };
}

/** Converts top-level keys such as `processors::batch::timeout` to nested mappings, as the Collector does. */
export function nestKeys(tree: Tree): Tree {
  if (tree.kind !== 'map' || ![...tree.entries.keys()].some((key) => key.includes('::'))) return tree;
  let result: Tree = emptyMap(tree.at);
  for (const [key, value] of tree.entries) {
    const at = tree.keyPositions.get(key) ?? tree.at;
    result = mergeTrees(result, nested(key.split('::').slice(0, MAX_DEPTH), value, at));
  }
  return result;
}

function nested(keys: readonly string[], value: Tree, at: Position): Tree {
  return keys.reduceRight<Tree>(
    (inner, key) => ({ kind: 'map', at, entries: new Map([[key, inner]]), keyPositions: new Map([[key, at]]) }),
    value,
  );
}

function splitKeys(path: string): string[] {
  return path.includes('::') ? path.split('::') : path.split('.');
}
