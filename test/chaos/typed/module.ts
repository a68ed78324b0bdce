import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a case changes the module. */
export type Save = 'replace' | 'overwrite' | 'import' | 'broken' | 'throws at import' | 'unchanged';

/** The kinds of saves, the frequent ones several times. */
export const SAVES: readonly Save[] = [
  'replace',
  'replace',
  'overwrite',
  'overwrite',
  'import',
  'import',
  'broken',
  'throws at import',
  'unchanged',
];

/** Whether a save leads to new functions. */
export function isValid(save: Save): boolean {
  return save === 'replace' || save === 'overwrite' || save === 'import';
}

/** Writes a configuration module whose function marks spans with the version of the module. */
export async function writeModule(directory: string, sinkUrl: string, version: number): Promise<string> {
  await writeFile(join(directory, 'version.ts'), versionOf(version));
  const file = join(directory, 'otelier.config.ts');
  await writeFile(file, textOf(sinkUrl, version, ''));
  return file;
}

/** Saves a new version of the module, as different editors do, or a version with errors. */
export async function saveModule(directory: string, sinkUrl: string, version: number, save: Save): Promise<void> {
  const file = join(directory, 'otelier.config.ts');
  switch (save) {
    case 'overwrite':
      return writeFile(file, textOf(sinkUrl, version, ''));
    case 'import':
      return replace(join(directory, 'version.ts'), versionOf(version));
    case 'replace':
      return replace(file, textOf(sinkUrl, version, ''));
    case 'broken':
      return replace(file, textOf(sinkUrl, version, 'const = 1;'));
    case 'throws at import':
      return replace(file, textOf(sinkUrl, version, `throw new Error('version ${version}');`));
    case 'unchanged':
      return appendFile(file, '');
  }
}

async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
}

function versionOf(version: number): string {
  return `export const imported: number = ${version};\n`;
}

function textOf(sinkUrl: string, version: number, error: string): string {
  return `import { defineConfig, mapSpans } from 'otelier';
import { imported } from './version.ts';
${error}
const own: number = ${version};
// Memory that a version holds must return with its thread.
const retained = Array.from({ length: 20_000 }, (_, index) => ({ index, text: String(index) }));

export default defineConfig({
  receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
  processors: {
    mark: mapSpans((span) => {
      span.attributes.set('version', Math.max(own, imported) + (retained.length === 0 ? 1 : 0));
    }),
  },
  exporters: {
    otlp_http: {
      endpoint: '${sinkUrl}',
      compression: 'none',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
  },
  service: { pipelines: { traces: { receivers: ['otlp'], processors: ['mark'], exporters: ['otlp_http'] } } },
});
`;
}
