import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

/** Renders the module that looks up a component by its type and loads it when a configuration uses it. */
export function registrySource(components: readonly CatalogueEntry[]): string {
  const sections = Object.entries(KIND_DIRECTORIES).map(([kind, directory]) => {
    const entries = components.filter((entry) => entry.kind === kind).map((entry) => entrySource(entry, directory));
    return `  ${kind}: {${entries.length === 0 ? '' : `\n${entries.join('\n')}\n  `}},`;
  });
  return `// Written by \`npm run generate\` from the files in ${Object.values(KIND_DIRECTORIES).join(', ')}.
import type { Registry } from './config/registry.ts';

/** All components of this package, each loaded when a configuration uses it. */
export const registry: Registry = {
${sections.join('\n')}
};
`;
}

function entrySource({ type, exportName, definition }: CatalogueEntry, directory: string): string {
  const { aliases = [] } = definition;
  const names = aliases.length === 0 ? '' : ` aliases: [${aliases.map((alias) => `'${alias}'`).join(', ')}],`;
  return `    ${type}: {${names} load: () => import('./${directory}/${type}.ts').then((module) => module.${exportName}) },`;
}
