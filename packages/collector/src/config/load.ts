import { tenantsOf } from '../tenants/tenants-of.ts';
import { checkPlan, type WrittenIds } from './check.ts';
import { checkComponents } from './check-components.ts';
import { readSection, SECTION_NAMES, type Sections } from './components.ts';
import { type Diagnostic, type Position, wholeSource } from './config-error.ts';
import { type Environment, expandTree } from './expand.ts';
import { nestKeys, parseSetting } from './merge.ts';
import type { ConfigOrigin, ConfigSource, Section, ServiceConfig } from './model.ts';
import type { ModuleComponents } from './module-components/load-components.ts';
import { correctKeys, formatList, suggestion } from './nearest.ts';
import { readService } from './pipelines.ts';
import type { Registry } from './registry.ts';
import { mergeRemote } from './remote/merge-remote.ts';
import { emptyMap, isEmptyValue, type MapTree, mergeTrees, moveTree, type Tree } from './tree.ts';
import { type ParsedYaml, parseYaml } from './yaml/parse.ts';

/** Options for `loadConfig`. */
export interface LoadOptions extends ConfigOrigin {
  readonly registry: Registry;
  /** The configuration that runs, whose unchanged components are not checked again. */
  readonly running?: ServiceConfig | undefined;
}

/** The result of loading a configuration: the configuration or its errors, with warnings in either case. */
export type Loaded =
  | { readonly ok: true; readonly config: ServiceConfig; readonly errors: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/**
 * Loads a configuration: merges the sources, expands references, and validates fields, component references and
 * structure.
 */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const { sources, settings = [], environment, registry } = options;
  const errors: Diagnostic[] = [];
  const read = readTree(sources, settings, environment, errors);
  if (!read) return { ok: false, errors };
  const parts = readParts(read.tree, errors);
  const modules = await modulesOf(parts.get('components'), registry, errors);
  try {
    return await loadParts(read, parts, modules, options, errors);
  } finally {
    await modules.close();
  }
}

/** Loads the modules that define components, which few configurations have. */
async function modulesOf(part: Tree | undefined, registry: Registry, errors: Diagnostic[]): Promise<ModuleComponents> {
  if (part === undefined || isEmptyValue(part)) return { registry, files: [], close: async () => {} };
  const { readModuleComponents } = await import('./module-components/load-components.ts');
  return await readModuleComponents(part, registry, errors);
}

async function loadParts(
  { tree, unread }: ReadTree,
  parts: ReadonlyMap<string, Tree>,
  { registry, files }: ModuleComponents,
  { sources, settings = [], environment, registry: builtIn, running }: LoadOptions,
  errors: Diagnostic[],
): Promise<Loaded> {
  const sections: Record<string, Section> = {};
  const written: Record<string, ReadonlySet<string> | undefined> = {};
  for (const section of SECTION_NAMES) {
    const { valid, ids } = await readSection(section, parts.get(section), registry, errors, running?.[section]);
    sections[section] = valid;
    written[section] = unread.has(section) ? undefined : ids;
  }
  // Each registry entry loads a definition of its own kind, which contract tests verify.
  const components = sections as unknown as Sections;
  // A missing service section can be the result of a syntax error.
  if (unread.has('service') || (unread.size > 0 && !parts.has('service')))
    return { ok: false, errors: inOrder(errors) };
  const position = tree.keyPositions.get('service') ?? tree.at;
  const { service, isComplete } = readService(parts.get('service') ?? emptyMap(position), position, errors);
  // Without the running configuration, which the new one must not keep.
  const origin = { sources, settings, environment };
  const read: ServiceConfig = { ...components, service, modules: files, origin, registry: builtIn };
  const hasTenants = tenantsOf(read) !== undefined;
  const config = hasTenants ? { ...read, tenantsModule: await import('../tenants/create-tenants.ts') } : read;
  errors.push(...checkPlan(config, written as WrittenIds, isComplete));
  const isValid = () => errors.every(({ severity }) => severity === 'warning');
  errors.push(...checkComponents(config, isComplete ? written['extensions'] : undefined, isValid()));
  return isValid() ? { ok: true, config, errors: inOrder(errors) } : { ok: false, errors: inOrder(errors) };
}

/** Returns the configuration as written, with all sources merged and all references expanded. */
export function resolveConfig({ sources, settings = [], environment }: ConfigOrigin): {
  readonly tree: MapTree | undefined;
  readonly errors: readonly Diagnostic[];
} {
  const errors: Diagnostic[] = [];
  return { tree: readTree(sources, settings, environment, errors)?.tree, errors };
}

interface ReadTree {
  readonly tree: MapTree;
  /** Top-level keys that have a syntax error in one of the sources. */
  readonly unread: ReadonlySet<string>;
}

function readTree(
  sources: readonly ConfigSource[],
  settings: readonly string[],
  environment: Environment,
  errors: Diagnostic[],
): ReadTree | undefined {
  const texts = sources.map((source) => ({ ...parseSource(source), isRemote: source.isRemote === true }));
  const parts = [...texts, ...settings.map((setting) => parseSetting(setting))];
  errors.push(...parts.flatMap((part) => part.errors));
  // Nothing is known about the rest of the configuration.
  if (texts.some(({ tree, errors }) => tree === undefined && errors.length > 0)) return undefined;
  const at = wholeSource(sources[0]?.name ?? '--set');
  const trees = parts.flatMap((part) => {
    const { tree } = part;
    const isRemote = 'isRemote' in part && part.isRemote;
    return tree === undefined || isEmptyValue(tree) ? [] : [{ tree: nestKeys(tree), isRemote }];
  });
  const others = trees.filter(({ tree }) => tree.kind !== 'map');
  for (const { tree } of others)
    errors.push(error(tree.at, '', 'expected a mapping with receivers, exporters and service'));
  const merged = trees.reduce<Tree>(
    (under, { tree, isRemote }) => (isRemote ? mergeRemote(under, tree, errors) : mergeTrees(under, tree)),
    emptyMap(at),
  );
  if (others.length > 0 || merged.kind !== 'map') return undefined;
  const expanded = expandTree(merged, environment);
  errors.push(...expanded.errors);
  if (expanded.tree.kind !== 'map') return undefined;
  const unread = texts.flatMap((text) => [...text.unread]);
  const corrected = correctKeys(unread, TOP_LEVEL_KEYS);
  return { tree: expanded.tree, unread: new Set(unread.map((key) => corrected.get(key) ?? key)) };
}

function parseSource({ name, text, isGenerated }: ConfigSource): ParsedYaml {
  const parsed = parseYaml(name, text);
  if (!isGenerated || parsed.tree === undefined) return parsed;
  return { ...parsed, tree: moveTree(parsed.tree, wholeSource(name)) };
}

const TOP_LEVEL_KEYS = [...SECTION_NAMES, 'components', 'service'];

/** Returns the top-level values by their corrected keys, and reports unknown keys. */
function readParts(tree: MapTree, errors: Diagnostic[]): ReadonlyMap<string, Tree> {
  const corrected = correctKeys(tree.entries.keys(), TOP_LEVEL_KEYS);
  const parts = new Map<string, Tree>();
  for (const [key, value] of tree.entries) {
    if (!TOP_LEVEL_KEYS.includes(key)) {
      const hint = suggestion(key, TOP_LEVEL_KEYS);
      const message = `expected one of ${formatList(TOP_LEVEL_KEYS)}, got "${key}"${hint}`;
      errors.push(error(tree.keyPositions.get(key) ?? tree.at, key, message));
    }
    parts.set(corrected.get(key) ?? key, value);
  }
  return parts;
}

function error(position: Position, path: string, message: string): Diagnostic {
  return { severity: 'error', position, path, message };
}

/** Sorts errors by source, line and column. */
function inOrder(errors: readonly Diagnostic[]): Diagnostic[] {
  const sources = [...new Set(errors.map(({ position }) => position.source))];
  const order = new Map(sources.map((source, index) => [source, index]));
  return errors.toSorted(
    ({ position: a }, { position: b }) =>
      (order.get(a.source) ?? 0) - (order.get(b.source) ?? 0) || a.line - b.line || a.column - b.column,
  );
}
