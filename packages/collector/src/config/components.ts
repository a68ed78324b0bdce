import type { ComponentKind } from '../component/contract.ts';
import type { Definition } from '../component/define.ts';
import { nextTurn } from '../component/turns/next-turn.ts';
import { type Applied, applySchema } from './apply.ts';
import { isOnlyInCollector, replacementOf } from './catalog/collector-components.ts';
import { fingerprintFiles } from './compare/named-files.ts';
import { isSameTree } from './compare/same-tree.ts';
import { type Diagnostic, formatPath, type Position } from './config-error.ts';
import type { ConfiguredComponent, Section, ServiceConfig } from './model.ts';
import { formatList, nearest, suggestion } from './nearest.ts';
import { findEntry, namesOf, type Registry, type RegistryEntry, type WrittenConfig } from './registry.ts';
import { isEmptyValue, type MapTree, type Tree } from './tree.ts';

/** The configuration sections that define components. */
export const SECTIONS = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  connectors: 'connector',
  extensions: 'extension',
} as const satisfies Record<string, ComponentKind>;

/** The name of a component section. */
export type SectionName = keyof typeof SECTIONS;

/** The names of the component sections. */
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

/** The components in all sections. */
export type Sections = Pick<ServiceConfig, SectionName>;

/** The result of reading a component section. */
export interface ReadSection {
  readonly valid: Section;
  /**
   * IDs of all components, including invalid ones, so that references to them are not reported too. `undefined` if the
   * section cannot be read.
   */
  readonly ids: ReadonlySet<string> | undefined;
}

/** Reads a section's components and reports errors. Options that are the same in `running` are not checked again. */
export async function readSection(
  section: SectionName,
  part: Tree | undefined,
  registry: Registry,
  errors: Diagnostic[],
  running: Section | undefined,
): Promise<ReadSection> {
  const valid = new Map<string, ConfiguredComponent>();
  if (part === undefined || isEmptyValue(part)) return { valid, ids: new Set() };
  if (part.kind !== 'map') {
    errors.push(error(part.at, section, `expected a mapping of ${section} by id`));
    return { valid, ids: undefined };
  }
  const ids = new Set(part.entries.keys());
  for (const [id, written] of part.entries) {
    const component = await readComponent(section, id, written, part, registry, errors, running?.get(id));
    if (component.kind === 'valid') valid.set(id, component.component);
    // References that use the correct name are not additional errors.
    if (component.kind === 'misspelled') ids.add(component.id);
  }
  return { valid, ids };
}

type ReadComponent =
  | { readonly kind: 'valid'; readonly component: ConfiguredComponent }
  | { readonly kind: 'misspelled'; readonly id: string }
  | { readonly kind: 'invalid' };

async function readComponent(
  section: SectionName,
  id: string,
  written: Tree,
  part: MapTree,
  registry: Registry,
  errors: Diagnostic[],
  running: ConfiguredComponent | undefined,
): Promise<ReadComponent> {
  const kind = SECTIONS[section];
  const position = part.keyPositions.get(id) ?? part.at;
  const path = formatPath([section, id]);
  const match = /^([A-Za-z]\w*)(?:\/(\S(?:.*\S)?))?$/.exec(id);
  const name = match?.[1];
  if (name === undefined) {
    errors.push(error(position, path, `expected an id such as "type" or "type/name", got "${id}"`));
    return { kind: 'invalid' };
  }
  const isKnown = findEntry(registry, kind, name) !== undefined;
  // A component that otelier lacks is not a misspelling, however similar another name is.
  if (!isKnown && isOnlyInCollector(kind, name, namesOf(registry, kind))) {
    const message = `expected a type of ${kind} that otelier has, got "${name}": the Collector has it, otelier does not`;
    errors.push(error(position, path, message));
    return { kind: 'invalid' };
  }
  const replacement = isKnown ? undefined : replacementOf(kind, name);
  if (replacement !== undefined) {
    const message = `expected a type of ${kind} that otelier has, got "${name}", which the Collector has removed: use ${replacement}`;
    errors.push(error(position, path, message));
    return { kind: 'invalid' };
  }
  const meant = isKnown ? name : nearest(name, namesOf(registry, kind));
  if (!isKnown) errors.push(error(position, path, unknownType(name, kind, registry)));
  const found = meant === undefined ? undefined : findEntry(registry, kind, meant);
  if (found === undefined || meant === undefined) return { kind: 'invalid' };
  const definition = await found.entry.load();
  const { version } = found.entry;
  const applied =
    reuse(running, definition, written) ??
    (await apply(found.entry, definition, { id, type: found.type, tree: written, path: [section, id] }));
  errors.push(...applied.errors);
  if (!isKnown) return { kind: 'misspelled', id: meant + id.slice(name.length) };
  if (!applied.ok) return { kind: 'invalid' };
  return {
    kind: 'valid',
    component: {
      ...{ id, kind, type: found.type, definition, config: applied.value, position, written },
      hasWarnings: applied.errors.length > 0,
      files: await fingerprintFiles(definition.config, written),
      ...(version !== undefined && { version }),
    },
  };
}

/** Returns the options of the running component if they are the same, because compiling conditions takes time. */
function reuse(
  running: ConfiguredComponent | undefined,
  definition: Definition,
  written: Tree,
): Applied<ConfiguredComponent['config']> | undefined {
  if (running === undefined || running.hasWarnings || running.definition !== definition) return undefined;
  return isSameTree(running.written, written) ? { ok: true, value: running.config, errors: [] } : undefined;
}

async function apply(entry: RegistryEntry, definition: Definition, written: WrittenConfig) {
  if (entry.apply !== undefined) return await entry.apply(written);
  await nextTurn();
  return applySchema(definition.config, written.tree, written.path);
}

function unknownType(name: string, kind: ComponentKind, registry: Registry): string {
  const types = Object.keys(registry[kind]);
  return `expected a known ${kind} type (${formatList(types)}), got unknown ${kind} type "${name}"${suggestion(name, namesOf(registry, kind))}`;
}

function error(position: Position, path: string, message: string): Diagnostic {
  return { severity: 'error', position, path, message };
}
