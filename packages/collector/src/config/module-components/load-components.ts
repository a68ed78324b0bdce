import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@otelier/transport/clock';
import { z } from 'zod';
import { displayPath } from '../../functions/module/display-path.ts';
import { type Applied, applySchema } from '../apply.ts';
import { type Diagnostic, formatPath } from '../config-error.ts';
import { findEntry, type Registry, type RegistryEntry, type WrittenConfig } from '../registry.ts';
import { type MapTree, positionOf, type Tree } from '../tree.ts';
import { type ComponentLoad, ComponentThread } from './component-thread.ts';
import { definitionOf, moduleConfigOf } from './definitions.ts';
import type { CheckedConfig, DefinitionDescription } from './protocol.ts';
import type { ModuleVersion } from './remote-instance.ts';

/** The `components` section: the types that modules define. */
export const componentsSchema = z.record(
  z.string(),
  z.object({
    file: z.string().min(1).describe('Path of a TypeScript or JavaScript module.'),
    export: z.string().min(1).prefault('default').describe('Name of the definition that the module exports.'),
  }),
);

/** The types that modules define, while a configuration is read. */
export interface ModuleComponents {
  /** The given registry with the types of the modules. */
  readonly registry: Registry;
  /** Absolute paths of the modules, and of those that they import. */
  readonly files: readonly string[];
  /** Ends the threads that check options. */
  close(): Promise<void>;
}

/** Reads the `components` section: loads the modules, and reports errors. */
export async function readModuleComponents(
  part: Tree,
  registry: Registry,
  errors: Diagnostic[],
): Promise<ModuleComponents> {
  const applied = applySchema(componentsSchema, part, ['components']);
  errors.push(...applied.errors);
  const modules = new Map<string, ComponentThread>();
  const close = async () => void (await Promise.all([...modules.values()].map((thread) => thread.terminate())));
  if (!applied.ok || part.kind !== 'map') return { registry, files: [], close };
  const reader = new ComponentsReader(part, registry, errors, modules);
  for (const [type, written] of Object.entries(applied.value)) await reader.add(type, written.file, written.export);
  return { registry: reader.registry, files: reader.files, close };
}

interface LoadedModule {
  readonly thread: ComponentThread;
  readonly load: ComponentLoad;
  readonly version: ModuleVersion;
}

class ComponentsReader {
  registry: Registry;
  readonly #part: MapTree;
  readonly #errors: Diagnostic[];
  readonly #threads: Map<string, ComponentThread>;
  readonly #modules = new Map<string, LoadedModule>();

  constructor(part: MapTree, registry: Registry, errors: Diagnostic[], threads: Map<string, ComponentThread>) {
    this.registry = registry;
    this.#part = part;
    this.#errors = errors;
    this.#threads = threads;
  }

  get files(): string[] {
    const urls = [...this.#modules.values()].flatMap(({ version }) => [...version.sources.keys()]);
    return [...new Set([...this.#modules.keys(), ...urls.map((url) => fileURLToPath(url))])];
  }

  async add(type: string, file: string, exported: string): Promise<void> {
    const path = resolve(file);
    const isFirst = !this.#modules.has(path);
    const { thread, load, version } = await this.#load(path);
    if (!load.ok) {
      // The error of a module is reported once.
      if (isFirst) this.#errors.push(moduleDiagnostic(load.error, file, this.#part, type));
      return;
    }
    const description = load.definitions.find((one) => one.exported === exported);
    if (description === undefined) {
      const names = load.definitions.map((one) => `"${one.exported}"`).join(', ');
      const message = `expected a definition that the module exports (${names === '' ? 'there is none' : names}), got "${exported}"`;
      return this.#error([type, 'export'], message);
    }
    const unusable = this.#whyUnusable(type, description);
    if (unusable !== undefined) return this.#error([type], unusable);
    const { kind } = description;
    const entry = entryOf(thread, description, version);
    this.registry = { ...this.registry, [kind]: { ...this.registry[kind], [type]: entry } };
  }

  #whyUnusable(type: string, { kind, unsupported }: DefinitionDescription): string | undefined {
    if (!/^[A-Za-z]\w*$/.test(type)) return `expected a type such as "mask_tokens", got "${type}"`;
    if (findEntry(this.registry, kind, type) !== undefined)
      return `expected a type of ${kind} that otelier does not have, got "${type}"`;
    return unsupported;
  }

  async #load(path: string): Promise<LoadedModule> {
    const existing = this.#modules.get(path);
    if (existing !== undefined) return existing;
    const thread = new ComponentThread({ file: path, clock: systemClock });
    this.#threads.set(path, thread);
    const load = await thread.load;
    const hash = createHash('sha256');
    for (const [url, { text }] of [...load.sources].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      hash.update(`${url}\n${text.length}\n${text}`);
    const version = { file: path, sources: load.sources, digest: hash.digest('hex') };
    const module = { thread, load, version };
    this.#modules.set(path, module);
    return module;
  }

  #error(path: readonly string[], message: string): void {
    const position = positionOf(this.#part, path, this.#part.at);
    this.#errors.push({ severity: 'error', position, path: formatPath(['components', ...path]), message });
  }
}

function moduleDiagnostic(
  { file, line, column, message }: Extract<ComponentLoad, { ok: false }>['error'],
  name: string,
  part: MapTree,
  type: string,
): Diagnostic {
  const path = formatPath(['components', type, 'file']);
  if (line === 0) return { severity: 'error', position: positionOf(part, [type, 'file'], part.at), path, message };
  const source = file === resolve(name) ? name : displayPath(file);
  return { severity: 'error', position: { source, line, column }, path: '', message };
}

function entryOf(thread: ComponentThread, description: DefinitionDescription, version: ModuleVersion): RegistryEntry {
  const { exported } = description;
  return {
    version: `${version.file}#${exported}@${version.digest}`,
    load: async () => definitionOf(description, version),
    async apply(written: WrittenConfig): Promise<Applied<Record<string, unknown>>> {
      // The schema is in the thread, because schemas contain functions.
      const checked = (await thread.request({ kind: 'check', exported, written })) as CheckedConfig;
      const { facts, errors } = checked;
      return facts === undefined
        ? { ok: false, errors }
        : { ok: true, value: { ...moduleConfigOf({ written, facts }) }, errors };
    },
  };
}
