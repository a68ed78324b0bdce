import {
  collectorComponents,
  isInCollector,
  isSameType,
} from '../../packages/collector/src/config/catalog/collector-components.ts';
import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

type Kind = keyof typeof KIND_DIRECTORIES;

/** Renders the page that lists the Collector's components and their status in otelier. */
export function collectorPage(components: readonly CatalogueEntry[]): string {
  const kinds = Object.keys(KIND_DIRECTORIES) as Kind[];
  const summary = kinds.map((kind) => {
    const all = collectorComponents(kind);
    const built = all.filter((name) => typeOf(components, kind, name) !== undefined);
    return `| ${KIND_DIRECTORIES[kind]} | ${built.length} | ${all.length} |`;
  });
  return `<!-- Written by \`npm run generate\`. -->
# The Collector's components

The components of the Collector's \`contrib\` distribution 0.161 and some that are published apart from it, by their module names. A configuration may use the Collector's
older spellings, such as \`groupbyattrs\`. A component that otelier lacks is one error, which says so.

| kind | in otelier | in the Collector |
|---|---|---|
${summary.join('\n')}

${kinds.map((kind) => kindSection(components, kind)).join('\n\n')}
`;
}

function kindSection(components: readonly CatalogueEntry[], kind: Kind): string {
  const directory = KIND_DIRECTORIES[kind];
  const rows = collectorComponents(kind).map((name) => {
    const type = typeOf(components, kind, name);
    return `| \`${name}\` | ${type === undefined ? 'no' : link(kind, type)} |`;
  });
  const own = components
    .filter((entry) => entry.kind === kind && !namesOf(entry).some((name) => isInCollector(kind, name)))
    .map(({ type }) => link(kind, type));
  return [
    `## ${directory[0]?.toUpperCase()}${directory.slice(1)}`,
    ['| Collector | otelier |', '|---|---|', ...rows].join('\n'),
    ...(own.length > 0 ? [`Only in otelier: ${own.join(', ')}.`] : []),
  ].join('\n\n');
}

function typeOf(components: readonly CatalogueEntry[], kind: Kind, name: string): string | undefined {
  return components.find((entry) => entry.kind === kind && namesOf(entry).some((other) => isSameType(other, name)))
    ?.type;
}

function namesOf({ type, definition: { aliases = [] } }: CatalogueEntry): readonly string[] {
  return [type, ...aliases];
}

function link(kind: Kind, type: string): string {
  return `[\`${type}\`](components.md#${kind}-${type})`;
}
