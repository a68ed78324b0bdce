import type { Diagnostic } from './config-error.ts';
import { emptyMap, MAX_DEPTH, type MapTree, parseYaml, type Tree } from './tree.ts';

/** Merges `over` into `under` as the Collector does: mappings merge deeply, other values are replaced. */
export function mergeTrees(under: Tree, over: Tree): Tree {
  if (under.kind !== 'map' || over.kind !== 'map') {
    // An empty mapping in a later file (`otlp:`) keeps the values of an earlier file.
    const isEmpty = under.kind === 'map' && over.kind === 'scalar' && over.value === null;
    return isEmpty ? under : over;
  }
  const entries = new Map(under.entries);
  const keyPositions = new Map(under.keyPositions);
  for (const [key, value] of over.entries) {
    const below = entries.get(key);
    entries.set(key, below === undefined ? value : mergeTrees(below, value));
    keyPositions.set(key, over.keyPositions.get(key) ?? over.at);
  }
  return { kind: 'map', at: under.at, entries, keyPositions };
}

/** Parses a setting such as `receivers.otlp.protocols.grpc.endpoint=0.0.0.0:4317` (also with `::`) into a configuration. */
export function parseSetting(setting: string): { tree: MapTree | undefined; errors: Diagnostic[] } {
  const at = { source: '--set', line: 1 };
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
  if (tree === undefined) return { tree, errors };
  const wrapped = keys.reduceRight<Tree>(
    (inner, key) => ({ kind: 'map', at, entries: new Map([[key, inner]]), keyPositions: new Map([[key, at]]) }),
    tree,
  );
  return { tree: wrapped.kind === 'map' ? wrapped : emptyMap(at), errors };
}

function splitKeys(path: string): string[] {
  return path.includes('::') ? path.split('::') : path.split('.');
}
