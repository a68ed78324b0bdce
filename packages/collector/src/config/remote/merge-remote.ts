import { type Diagnostic, formatPath } from '../config-error.ts';
import { REDACTED } from '../print/redact.ts';
import { type MapTree, mergeTrees, type Tree } from '../tree.ts';

/** Type of the extension that connects to a management server, whose configuration a server cannot change. */
const MANAGED_BY = 'opamp';

/**
 * Merges a configuration from a management server over the local one. Unlike another file, it cannot change or remove the
 * connection to the server: extensions of type `opamp` keep their local configuration, and `service.extensions` keeps all
 * local IDs. Where it contains the replacement of a secret, which servers get instead of secrets, the local value stays.
 */
export function mergeRemote(local: Tree, remote: Tree, errors: Diagnostic[]): Tree {
  const own = withoutManagement(remote);
  const merged = mergeTrees(local, restoreSecrets(local, own, [], errors));
  const extensions = [...listOf(local), ...listOf(own).filter((item) => !hasValue(listOf(local), item))];
  return extensions.length === 0 ? merged : withExtensions(merged, extensions);
}

function withoutManagement(tree: Tree): Tree {
  const section = tree.kind === 'map' ? tree.entries.get('extensions') : undefined;
  if (tree.kind !== 'map' || section?.kind !== 'map') return tree;
  const entries = [...section.entries].filter(([id]) => id.split('/', 1)[0] !== MANAGED_BY);
  return withEntry(tree, 'extensions', { ...section, entries: new Map(entries) });
}

function restoreSecrets(
  local: Tree | undefined,
  tree: Tree,
  path: readonly (string | number)[],
  errors: Diagnostic[],
): Tree {
  if (tree.kind === 'scalar') {
    if (typeof tree.value !== 'string' || !tree.value.includes(REDACTED)) return tree;
    if (local?.kind === 'scalar') return local;
    const message = `expected the value itself, got ${REDACTED}, which has no local value`;
    errors.push({ severity: 'error', position: tree.at, path: formatPath(path), message });
    return tree;
  }
  if (tree.kind === 'list') {
    const items = local?.kind === 'list' ? local.items : [];
    return {
      ...tree,
      items: tree.items.map((item, index) => restoreSecrets(items[index], item, [...path, index], errors)),
    };
  }
  const under = local?.kind === 'map' ? local.entries : undefined;
  const entries = [...tree.entries].map(
    ([key, value]) => [key, restoreSecrets(under?.get(key), value, [...path, key], errors)] as const,
  );
  return { ...tree, entries: new Map(entries) };
}

/** Returns `service.extensions`. */
function listOf(tree: Tree): readonly Tree[] {
  const service = tree.kind === 'map' ? tree.entries.get('service') : undefined;
  const list = service?.kind === 'map' ? service.entries.get('extensions') : undefined;
  return list?.kind === 'list' ? list.items : [];
}

function hasValue(items: readonly Tree[], wanted: Tree): boolean {
  return wanted.kind === 'scalar' && items.some((item) => item.kind === 'scalar' && item.value === wanted.value);
}

function withExtensions(tree: Tree, items: readonly Tree[]): Tree {
  const service = tree.kind === 'map' ? tree.entries.get('service') : undefined;
  if (tree.kind !== 'map' || service?.kind !== 'map') return tree;
  const at = service.entries.get('extensions')?.at ?? service.at;
  return withEntry(tree, 'service', withEntry(service, 'extensions', { kind: 'list', at, items }));
}

function withEntry(tree: MapTree, key: string, value: Tree): MapTree {
  return { ...tree, entries: new Map([...tree.entries, [key, value]]) };
}
