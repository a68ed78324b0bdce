import { type CatalogueEntry, KIND_FOLDERS } from './catalogue.ts';

/** The module that finds a component by its type and loads it when a configuration names it. */
export function registrySource(components: readonly CatalogueEntry[]): string {
  const sections = Object.entries(KIND_FOLDERS).map(([kind, folder]) => {
    const entries = components.filter((entry) => entry.kind === kind).map((entry) => entrySource(entry, folder));
    return `  ${kind}: {${entries.length === 0 ? '' : `\n${entries.join('\n')}\n  `}},`;
  });
  return `// Written by \`npm run generate\` from the files in ${Object.values(KIND_FOLDERS).join(', ')}.
import type { Registry } from './config/registry.ts';

/** Every component of this package, loaded when a configuration names it. */
export const registry: Registry = {
${sections.join('\n')}
};
`;
}

function entrySource({ type, exportName, definition }: CatalogueEntry, folder: string): string {
  const { aliases = [] } = definition;
  const names = aliases.length === 0 ? '' : ` aliases: [${aliases.map((alias) => `'${alias}'`).join(', ')}],`;
  return `    ${type}: {${names} load: () => import('./${folder}/${type}.ts').then((module) => module.${exportName}) },`;
}
