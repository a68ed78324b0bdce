import { createReadStream } from 'node:fs';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { z } from 'zod';
import type { ComponentKind } from '../component/contract.ts';
import { applySchema } from './apply.ts';
import { checkPlan, type WrittenIds } from './check.ts';
import { type Diagnostic, formatPath, type Position } from './config-error.ts';
import { type Environment, expandTree } from './expand.ts';
import { mergeTrees, parseSetting } from './merge.ts';
import type {
  ConfigOrigin,
  ConfigSource,
  ConfiguredComponent,
  PipelineConfig,
  Reference,
  Section,
  ServiceConfig,
} from './model.ts';
import { formatList, suggestion } from './nearest.ts';
import { findEntry, namesOf, type Registry } from './registry.ts';
import { serviceSchema } from './service-schema.ts';
import { emptyMap, type MapTree, parseYaml, type Tree } from './tree.ts';

/** The options of `loadConfig`. */
export interface LoadOptions extends ConfigOrigin {
  readonly registry: Registry;
}

/** The result of loading a configuration: the configuration or its errors, with warnings in either case. */
export type Loaded =
  | { readonly ok: true; readonly config: ServiceConfig; readonly errors: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] };

/** Loads a configuration: merges sources, expands variables, and validates fields, references and structure. */
export async function loadConfig({ sources, settings = [], environment, registry }: LoadOptions): Promise<Loaded> {
  const errors: Diagnostic[] = [];
  const tree = readTree(sources, settings, environment, errors);
  if (!tree) return { ok: false, errors };

  const unknown = [...tree.keyPositions].filter(([key]) => !Object.hasOwn(SECTIONS, key) && key !== 'service');
  for (const [key, position] of unknown) {
    const names = [...Object.keys(SECTIONS), 'service'];
    errors.push(error(position, key, `expected one of ${formatList(names)}, got "${key}"${suggestion(key, names)}`));
  }

  const sections: Record<string, Section> = {};
  const written: Record<string, ReadonlySet<string>> = {};
  for (const section of Object.keys(SECTIONS) as SectionName[]) {
    const { valid, ids } = await readSection(section, tree, registry, errors);
    sections[section] = valid;
    written[section] = ids;
  }
  // Entries of the registry load definitions of their kind, which contract tests verify.
  const origin = { sources, settings, environment };
  const config = { ...(sections as unknown as Sections), service: readService(tree, errors), origin };
  errors.push(...checkPlan(config, written as WrittenIds));
  const ok = errors.every(({ severity }) => severity === 'warning');
  return ok ? { ok, config, errors } : { ok: false, errors: inOrder(errors) };
}

/** Returns the errors and warnings of configuration files, in file order. */
export async function validateConfig(
  files: readonly string[],
  options: Omit<LoadOptions, 'sources'>,
): Promise<readonly Diagnostic[]> {
  const { sources, errors } = await readConfigFiles(files);
  if (errors.length > 0) return errors;
  return (await loadConfig({ ...options, sources })).errors;
}

/** Reads files for `loadConfig`. A file that cannot be read is reported as an error, not thrown. */
export async function readConfigFiles(
  files: readonly string[],
): Promise<{ readonly sources: readonly ConfigSource[]; readonly errors: readonly Diagnostic[] }> {
  const sources: ConfigSource[] = [];
  const errors: Diagnostic[] = [];
  for (const name of files) {
    try {
      const text = await readText(name);
      if (text === undefined) errors.push(error({ source: name, line: 1 }, '', 'expected at most 1 MiB, got more'));
      else sources.push({ name, text });
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const reason = code === 'ENOENT' ? 'no such file' : cause instanceof Error ? cause.message : String(cause);
      errors.push(error({ source: name, line: 1 }, '', `expected a readable file: ${reason}`));
    }
  }
  return { sources, errors };
}

/** Far above any configuration written by hand or generated. */
const MAX_FILE_BYTES = 1 << 20;

/** Reads a file or a pipe; `undefined` as soon as it exceeds the limit, since a device never ends. */
async function readText(name: string): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(name)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const SECTIONS = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  connectors: 'connector',
  extensions: 'extension',
} as const satisfies Record<string, ComponentKind>;

function readTree(
  sources: readonly ConfigSource[],
  settings: readonly string[],
  environment: Environment,
  errors: Diagnostic[],
): MapTree | undefined {
  const parts = [
    ...sources.map(({ name, text }) => parseYaml(name, text)),
    ...settings.map((setting) => parseSetting(setting)),
  ];
  errors.push(...parts.flatMap((part) => part.errors));
  const at = { source: sources[0]?.name ?? '--set', line: 1 };
  let merged: Tree = emptyMap(at);
  for (const { tree } of parts) {
    if (tree === undefined) continue;
    const empty = tree.kind === 'scalar' && tree.value === null;
    if (tree.kind !== 'map' && !empty)
      errors.push(error(tree.at, '', 'expected a mapping with receivers, exporters and service'));
    if (tree.kind === 'map') merged = mergeTrees(merged, tree);
  }
  if (errors.length > 0 || merged.kind !== 'map') return undefined;
  const expanded = expandTree(merged, environment);
  errors.push(...expanded.errors);
  return expanded.tree.kind === 'map' ? expanded.tree : undefined;
}

type SectionName = keyof typeof SECTIONS;
type Sections = Pick<ServiceConfig, SectionName>;

interface ReadSection {
  readonly valid: Section;
  /** IDs of all components, invalid ones included, so that references to them are not reported as well. */
  readonly ids: ReadonlySet<string>;
}

async function readSection(
  section: SectionName,
  tree: MapTree,
  registry: Registry,
  errors: Diagnostic[],
): Promise<ReadSection> {
  const valid = new Map<string, ConfiguredComponent>();
  const part = tree.entries.get(section);
  if (part === undefined || (part.kind === 'scalar' && part.value === null)) return { valid, ids: new Set() };
  if (part.kind !== 'map') {
    errors.push(error(part.at, section, `expected a mapping of ${section} by id`));
    return { valid, ids: new Set() };
  }
  for (const [id, written] of part.entries) {
    const position = part.keyPositions.get(id) ?? part.at;
    const component = await readComponent(section, id, written, position, registry, errors);
    if (component) valid.set(id, component);
  }
  return { valid, ids: new Set(part.entries.keys()) };
}

async function readComponent(
  section: SectionName,
  id: string,
  written: Tree,
  position: Position,
  registry: Registry,
  errors: Diagnostic[],
): Promise<ConfiguredComponent | undefined> {
  const kind = SECTIONS[section];
  const path = formatPath([section, id]);
  const match = /^([A-Za-z]\w*)(?:\/(\S(?:.*\S)?))?$/.exec(id);
  const name = match?.[1];
  if (name === undefined) {
    errors.push(error(position, path, `expected an id such as "type" or "type/name", got "${id}"`));
    return undefined;
  }
  const found = findEntry(registry, kind, name);
  if (!found) {
    const types = Object.keys(registry[kind]);
    const hint = suggestion(name, namesOf(registry, kind));
    errors.push(
      error(
        position,
        path,
        `expected a known ${kind} type (${formatList(types)}), got unknown ${kind} type "${name}"${hint}`,
      ),
    );
    return undefined;
  }
  const definition = await found.entry.load();
  const applied = applySchema(definition.config, written, [section, id]);
  errors.push(...applied.errors);
  return applied.ok ? { id, kind, type: found.type, definition, config: applied.value, position } : undefined;
}

function readService(tree: MapTree, errors: Diagnostic[]): ServiceConfig['service'] {
  const position = tree.keyPositions.get('service') ?? tree.at;
  const part = tree.entries.get('service') ?? emptyMap(position);
  const applied = applySchema(serviceSchema, part, ['service']);
  errors.push(...applied.errors);
  const value: z.output<typeof serviceSchema> = applied.ok ? applied.value : serviceSchema.parse({});
  const pipelines = subtree(part, 'pipelines');
  return {
    position,
    extensions: references(subtree(part, 'extensions')),
    telemetry: value.telemetry,
    memoryLimitBytes: value.memory.limit,
    workers: value.workers,
    pipelines: pipelines?.kind === 'map' ? readPipelines(pipelines, errors) : [],
  };
}

function readPipelines(pipelines: MapTree, errors: Diagnostic[]): PipelineConfig[] {
  const result: PipelineConfig[] = [];
  for (const [id, pipeline] of pipelines.entries) {
    const position = pipelines.keyPositions.get(id) ?? pipelines.at;
    const name = id.split('/', 1)[0] ?? '';
    if (!isSignal(name)) {
      const message = `expected a pipeline named after ${formatList(SIGNAL_NAMES)}, got "${name}"${suggestion(name, SIGNAL_NAMES)}`;
      errors.push(error(position, formatPath(['service', 'pipelines', id]), message));
      continue;
    }
    result.push({
      id,
      signal: name,
      receivers: references(subtree(pipeline, 'receivers')),
      processors: references(subtree(pipeline, 'processors')),
      exporters: references(subtree(pipeline, 'exporters')),
      position,
    });
  }
  return result;
}

/** Returns the texts of a list with their positions. The schema reports other values. */
function references(list: Tree | undefined): Reference[] {
  if (list?.kind !== 'list') return [];
  return list.items.flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'string' ? [{ id: item.value, position: item.at }] : [],
  );
}

function subtree(tree: Tree, key: string): Tree | undefined {
  return tree.kind === 'map' ? tree.entries.get(key) : undefined;
}

function isSignal(name: string): name is Signal {
  return SIGNAL_NAMES.includes(name as Signal);
}

function error(position: Position, path: string, message: string): Diagnostic {
  return { severity: 'error', position, path, message };
}

/** Sorts errors by file and line, keeping their order within a line. */
function inOrder(errors: readonly Diagnostic[]): Diagnostic[] {
  const sources = [...new Set(errors.map(({ position }) => position.source))];
  return errors.toSorted(
    (a, b) =>
      sources.indexOf(a.position.source) - sources.indexOf(b.position.source) || a.position.line - b.position.line,
  );
}
