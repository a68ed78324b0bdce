import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ComponentKind, Definition } from 'otelier';

/** A component found in its kind's directory. */
export interface CatalogueEntry {
  readonly kind: ComponentKind;
  /** The file name without its extension. */
  readonly type: string;
  /** The name of the module export. */
  readonly exportName: string;
  readonly definition: Definition;
}

/** The directory of each kind, in display order. */
export const KIND_DIRECTORIES: Readonly<Record<ComponentKind, string>> = {
  receiver: 'receivers',
  processor: 'processors',
  connector: 'connectors',
  exporter: 'exporters',
  extension: 'extensions',
};

/**
 * Imports every component. `source` is the package's `src` directory. Unusable files are reported and the rest are
 * processed.
 */
export async function readCatalogue(source: string): Promise<{
  readonly components: readonly CatalogueEntry[];
  readonly failures: readonly { readonly file: string; readonly error: string }[];
}> {
  const components: CatalogueEntry[] = [];
  const failures: { file: string; error: string }[] = [];
  for (const [kind, directory] of Object.entries(KIND_DIRECTORIES) as [ComponentKind, string][]) {
    const names = await readdir(join(source, directory)).catch(() => []);
    for (const name of names.filter(isComponentFile).toSorted()) {
      const file = join(source, directory, name);
      try {
        components.push(await readComponent(kind, file));
      } catch (error) {
        failures.push({ file, error: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return { components, failures };
}

function isComponentFile(name: string): boolean {
  // Files such as `batch.test.ts` are not components.
  return /^[^.]+\.ts$/.test(name);
}

async function readComponent(kind: ComponentKind, file: string): Promise<CatalogueEntry> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  const type = basename(file, '.ts');
  if (!/^[a-z][a-z0-9_]*$/.test(type)) throw new Error(`expected a file name in snake_case, got ${type}`);
  const found = Object.entries(module).filter(([, value]) => isDefinition(value, kind));
  const [first, second] = found;
  if (!first || second) throw new Error(`expected one exported ${kind} definition, got ${found.length}`);
  return { kind, type, exportName: first[0], definition: first[1] as Definition };
}

function isDefinition(value: unknown, kind: ComponentKind): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind && 'create' in value;
}
