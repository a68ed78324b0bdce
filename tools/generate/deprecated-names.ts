import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Deprecated names and what replaces them, in the words of the semantic conventions. */
type Deprecated = Readonly<Record<string, string>>;

/** A deprecated constant of the package: its comment, and its name. */
const DEPRECATED = /@deprecated ([^\n]+)\n(?:(?!\*\/)[\s\S])*?\*\/\s*declare const (ATTR|METRIC)_\w+: "([^"]+)"/g;

/** Renders the table of deprecated names of the semantic conventions that have a replacement. */
export function deprecatedNamesSource(): string {
  const attributes: Record<string, string> = {};
  const metrics: Record<string, string> = {};
  for (const file of ['stable_attributes', 'experimental_attributes', 'stable_metrics', 'experimental_metrics']) {
    const url = import.meta.resolve(`@opentelemetry/semantic-conventions`);
    const text = readFileSync(fileURLToPath(new URL(`./${file}.d.mts`, url)), 'utf8');
    for (const [, comment = '', kind, name = ''] of text.matchAll(DEPRECATED)) {
      const replacements = [...comment.matchAll(/`([a-z][\w.]*\.[\w.]+)`/g)].map(([, replacement]) => replacement);
      // Names without a namespace are often the application's own.
      if (replacements.length === 0 || !name.includes('.')) continue;
      (kind === 'ATTR' ? attributes : metrics)[name] = [...new Set(replacements)].join(', ');
    }
  }
  return `// Written by \`npm run generate\` from @opentelemetry/semantic-conventions.

/** Deprecated attributes of the semantic conventions, and the names that replace them. */
export const DEPRECATED_ATTRIBUTES: Readonly<Record<string, string>> = ${tableOf(attributes)};

/** Deprecated metrics of the semantic conventions, and the names that replace them. */
export const DEPRECATED_METRICS: Readonly<Record<string, string>> = ${tableOf(metrics)};
`;
}

function tableOf(names: Deprecated): string {
  const lines = Object.entries(names)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, replacement]) => `  '${name}': '${replacement}',\n`);
  return `{\n${lines.join('')}}`;
}
