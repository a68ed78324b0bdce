import { type FieldReference, listFields } from 'otelier';
import { stringify } from 'yaml';
import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

/** Renders the page that lists every component with its fields and examples. */
export function referencePage(components: readonly CatalogueEntry[]): string {
  const sections = Object.entries(KIND_DIRECTORIES).flatMap(([kind, directory]) => {
    const entries = components.filter((entry) => entry.kind === kind);
    if (entries.length === 0) return [];
    const title = `## ${directory[0]?.toUpperCase()}${directory.slice(1)}`;
    const list = entries.map(
      ({ type, definition }) => `- [\`${type}\`](#${anchor(kind, type)}): ${definition.summary}`,
    );
    return [title, list.join('\n'), ...entries.map((entry) => componentSection(entry))];
  });
  return `<!-- Written by \`npm run generate\`. -->
# Components

Names and options are those of the OpenTelemetry Collector where it has the component. Durations are written like \`200ms\`,
\`5s\` or \`1h30m\`, sizes like \`64MiB\` or as a number of bytes. Every value may hold \`\${env:NAME}\` or \`\${env:NAME:-default}\`.

${sections.join('\n\n')}
`;
}

function componentSection(entry: CatalogueEntry): string {
  const { kind, type, definition } = entry;
  const { summary, stability, aliases = [], examples, config } = definition;
  const facts = [
    `Stability: ${stability}.`,
    ...signalFacts(entry),
    ...(aliases.length > 0 ? [`Also written: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`] : []),
  ];
  const fields = listFields(config);
  const table = fields.length === 0 ? 'It has no options.' : fieldTable(fields);
  const shown = examples.map((example) => {
    const section = `${kind}s`;
    const written = stringify({ [section]: { [type]: example.config } });
    return `${example.title}:\n\n\`\`\`yaml\n${written}\`\`\``;
  });
  return [`### ${heading(kind, type)}`, `${summary}\n${facts.join(' ')}`, table, ...shown].join('\n\n');
}

function signalFacts({ definition }: CatalogueEntry): string[] {
  if (definition.kind === 'extension') return [];
  if (definition.kind !== 'connector') return [`Signals: ${definition.signals.join(', ')}.`];
  const joins = Object.entries(definition.joins).map(([from, to]) => `${from} to ${to.join(', ')}`);
  return [`Joins: ${joins.join('; ')}.`];
}

function fieldTable(fields: readonly FieldReference[]): string {
  const rows = fields.map(({ path, type, defaultText, required, description }) => {
    const fallback = required ? 'required' : defaultText === undefined ? '' : `\`${defaultText}\``;
    return `| \`${path}\` | ${cell(type)} | ${cell(fallback)} | ${cell(description ?? '')} |`;
  });
  return ['| field | type | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Component types of different kinds may share a name (`otlp`), so headings include the kind. */
function heading(kind: string, type: string): string {
  return `${kind} \`${type}\``;
}

function anchor(kind: string, type: string): string {
  return `${kind}-${type}`;
}
