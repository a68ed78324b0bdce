import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
export const CHART = join(REPOSITORY, 'deploy', 'helm', 'otelier');
const RECORDED = join(import.meta.dirname, 'recorded');

/** Values of the chart with a name, and the path of the file with what Helm makes of them. */
export interface Example {
  readonly name: string;
  readonly values: string;
  readonly recorded: string;
}

/** The values in `examples` of the chart, by name. */
export function chartExamples(): readonly Example[] {
  return globSync('*.yaml', { cwd: join(CHART, 'examples') })
    .sort()
    .map((file) => ({
      name: basename(file, '.yaml'),
      values: join(CHART, 'examples', file),
      recorded: join(RECORDED, file),
    }));
}

/** A comment that names the sources of the recorded objects, which `npm test` compares with the chart. */
export function sourcesComment(): string {
  const hash = createHash('sha256');
  for (const file of globSync('**/*', { cwd: CHART, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort())
    hash.update(readFileSync(file));
  return `# Written by "npm run interop -- --only helm --record" from the chart with the digest ${hash.digest('hex')}.\n`;
}

/** A Kubernetes object. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Returns the objects in a text of YAML documents. */
export function manifestsIn(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new Error('expected documents, got none');
  return documents.map((document) => document.toJS()).filter((object) => object !== null);
}
