import type { ReceiverFactory } from '../../component/contract.ts';
import { type Definition, type ReceiverDefinition, UNKNOWN_USE } from '../../component/define.ts';
import { applySchema } from '../../config/apply.ts';
import { type Diagnostic, formatPath, wholeSource } from '../../config/config-error.ts';
import { fieldsByUserName } from '../../config/names.ts';
import { findEntry, type Registry, type RegistryEntry } from '../../config/registry.ts';
import type { Tree } from '../../config/tree.ts';

/** Returns the type of receiver with a name or alias; `undefined` if the registry has none. */
export async function findReceiver(registry: Registry, name: string): Promise<ReceiverFactory | undefined> {
  const found = findEntry(registry, 'receiver', name);
  if (found === undefined) return undefined;
  const definition: Definition = await found.entry.load();
  return definition.kind === 'receiver' ? factoryOf(found.type, found.entry, definition) : undefined;
}

function factoryOf(type: string, entry: RegistryEntry, definition: ReceiverDefinition): ReceiverFactory {
  return {
    type,
    signals: definition.signals,
    options: [...fieldsByUserName(definition.config).keys()],
    async create(options, next, context) {
      const { id, kind } = context;
      const written = { id, type, tree: treeOf(options), path: [] };
      const applied = (await entry.apply?.(written)) ?? applySchema(definition.config, written.tree, written.path);
      if (!applied.ok) throw new Error(messageOf(applied.errors));
      const signals = definition.signals.filter((signal) => next[signal] !== undefined);
      const use = { ...UNKNOWN_USE, id, kind, type, signals };
      const issues = definition.check?.(applied.value, use) ?? [];
      if (issues.length > 0) throw new Error(issues.map(lineOf).join('; '));
      return definition.create(applied.value, next, context);
    },
  };
}

function messageOf(errors: readonly Diagnostic[]): string {
  const wrong = errors.filter(({ severity }) => severity === 'error');
  return wrong.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

function lineOf({ path, message }: { readonly path: readonly (string | number)[]; readonly message: string }): string {
  return path.length === 0 ? message : `${formatPath([...path])}: ${message}`;
}

const NOWHERE = wholeSource('');

/** Returns plain values as a configuration, all at one position. */
function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'list', at: NOWHERE, items: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) {
    const entries = new Map(Object.entries(value).map(([key, part]) => [key, treeOf(part)]));
    return { kind: 'map', at: NOWHERE, entries, keyPositions: new Map() };
  }
  if (typeof value === 'string') return { kind: 'scalar', at: NOWHERE, value };
  // Fields for texts accept numbers too, such as a password of digits.
  if (typeof value === 'number' || typeof value === 'boolean')
    return { kind: 'scalar', at: NOWHERE, value, text: String(value) };
  return { kind: 'scalar', at: NOWHERE, value: null };
}
