import * as conventions from '@opentelemetry/semantic-conventions/incubating';
import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

/** Renders the types of all components by type and alias, which check configurations in TypeScript. */
export function componentTypesSource(components: readonly CatalogueEntry[]): string {
  const interfaces = Object.entries(KIND_DIRECTORIES).map(([kind, directory]) => {
    const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Types`;
    const lines = components
      .filter((entry) => entry.kind === kind)
      .flatMap(({ type, exportName, definition: { aliases = [] } }) =>
        [type, ...aliases].map((key) => `  ${key}: typeof import('../${directory}/${type}.ts').${exportName};`),
      );
    return `/** Definitions of ${directory} by type and alias. */\nexport interface ${name} {\n${lines.join('\n')}\n}\n`;
  });
  return `// Written by \`npm run generate\` from the files in ${Object.values(KIND_DIRECTORIES).join(', ')}.\n\n${interfaces.join('\n')}`;
}

/** Placeholder for the part of an attribute name that is a key, such as the name of a header. */
const KEY = '\u0000';
/** A string of any value in a template literal type. */
const ANY_TEXT = `$${'{string}'}`;

/** Renders the type of the attribute names in the semantic conventions. */
export function attributeNamesSource(): string {
  const names = new Set<string>();
  for (const [name, value] of Object.entries(conventions)) {
    if (!name.startsWith('ATTR_')) continue;
    if (typeof value === 'string') names.add(`'${value}'`);
    if (typeof value === 'function') names.add(`\`${value(KEY).replace(KEY, ANY_TEXT)}\``);
  }
  const lines = [...names].toSorted().map((name) => `  | ${name}`);
  return `// Written by \`npm run generate\` from @opentelemetry/semantic-conventions.

/** Name of an attribute in the semantic conventions, for the completion of editors. */
export type AttributeName =
${lines.join('\n')};
`;
}
