import type { ComponentKind } from '../../component/contract.ts';
import { SECTIONS } from '../components.ts';
import { findEntry, type Registry } from '../registry.ts';
import type { MapTree, Tree } from '../tree.ts';
import { redactedValue } from './redact.ts';

const KINDS: Readonly<Record<string, ComponentKind>> = SECTIONS;

/** Returns a configuration as plain values, with secrets redacted as the schemas of the components tell. */
export async function redactedConfig(tree: MapTree, registry: Registry): Promise<Readonly<Record<string, unknown>>> {
  const sections: Record<string, unknown> = {};
  for (const [section, part] of tree.entries) {
    const kind = KINDS[section];
    sections[section] =
      kind === undefined || part.kind !== 'map' ? redactedValue(part) : await redactedSection(kind, part, registry);
  }
  return sections;
}

async function redactedSection(kind: ComponentKind, section: MapTree, registry: Registry): Promise<unknown> {
  const redact = async ([id, config]: [string, Tree]) => {
    const found = findEntry(registry, kind, id.split('/', 1)[0] ?? '');
    // Any field of an unknown component could be a secret.
    return [id, redactedValue(config, (await found?.entry.load())?.config, found === undefined)];
  };
  return Object.fromEntries(await Promise.all([...section.entries].map(redact)));
}
