import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How a case changes the module. */
export type Save = 'replace' | 'overwrite' | 'import' | 'component' | 'broken' | 'throws at import' | 'unchanged';

/** The kinds of saves, the frequent ones several times. */
export const SAVES: readonly Save[] = [
  'replace',
  'replace',
  'overwrite',
  'overwrite',
  'import',
  'import',
  'component',
  'component',
  'broken',
  'throws at import',
  'unchanged',
];

/** Whether a save leads to new functions. */
export function isValid(save: Save): boolean {
  return save === 'replace' || save === 'overwrite' || save === 'import' || save === 'component';
}

/**
 * Writes a configuration module whose functions mark spans with the version of the module, route and aggregate them, and a
 * module whose component marks them with its own version.
 */
export async function writeModule(directory: string, sinkUrl: string, version: number): Promise<string> {
  await writeFile(join(directory, 'version.ts'), versionOf(version));
  await writeFile(join(directory, 'component.ts'), componentOf(version));
  const file = join(directory, 'otelier.config.ts');
  await writeFile(file, textOf(directory, sinkUrl, version, ''));
  return file;
}

/** Saves a new version of the module, as different editors do, or a version with errors. */
export async function saveModule(directory: string, sinkUrl: string, version: number, save: Save): Promise<void> {
  const file = join(directory, 'otelier.config.ts');
  switch (save) {
    case 'overwrite':
      return writeFile(file, textOf(directory, sinkUrl, version, ''));
    case 'import':
      return replace(join(directory, 'version.ts'), versionOf(version));
    case 'component':
      return replace(join(directory, 'component.ts'), componentOf(version));
    case 'replace':
      return replace(file, textOf(directory, sinkUrl, version, ''));
    case 'broken':
      return replace(file, textOf(directory, sinkUrl, version, 'const = 1;'));
    case 'throws at import':
      return replace(file, textOf(directory, sinkUrl, version, `throw new Error('version ${version}');`));
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

function componentOf(version: number): string {
  return `import { defineRewriter, SpanView, z } from 'otelier';
const retained = Array.from({ length: 20_000 }, (_, index) => ({ index, text: String(index) }));
export const pass = defineRewriter({
  summary: 'Marks spans.',
  stability: 'development',
  signals: ['traces'],
  config: z.object({}),
  examples: [],
  hooks() {
    const span = new SpanView();
    return {
      item({ bytes, start, end }) {
        span.reset(bytes, start, end);
        span.attributes.set('version', Math.max(Number(span.attributes.get('version')), ${version}, retained[0].index));
        return span.toBytes();
      },
    };
  },
});
`;
}

function textOf(directory: string, sinkUrl: string, version: number, error: string): string {
  return `import { aggregate, defineConfig, mapSpans, route } from 'otelier';
import { imported } from './version.ts';
${error}
const own: number = ${version};
// Memory that a version holds must return with its thread.
const retained = Array.from({ length: 20_000 }, (_, index) => ({ index, text: String(index) }));

export default defineConfig({
  components: { pass: { file: '${directory}/component.ts', export: 'pass' } },
  receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
  processors: {
    mark: mapSpans((span) => {
      span.attributes.set('version', Math.max(own, imported) + (retained.length === 0 ? 1 : 0));
    }),
    pass: {},
  },
  connectors: {
    odd: route({ spans: (span) => (retained.length + span.name.length) % 2 === 0 ? 'traces/even' : 'traces/odd' }),
    names: aggregate({ spans: (span) => ({ key: { size: span.name.length + retained.length } }) }, { functions: ['count'] }),
  },
  exporters: {
    nop: {},
    otlp_http: {
      endpoint: '${sinkUrl}',
      compression: 'none',
      sending_queue: { enabled: false },
      retry_on_failure: { enabled: false },
    },
  },
  service: {
    pipelines: {
      traces: { receivers: ['otlp'], processors: ['mark', 'pass'], exporters: ['odd', 'names'] },
      'traces/even': { receivers: ['odd'], exporters: ['otlp_http'] },
      'traces/odd': { receivers: ['odd'], exporters: ['otlp_http'] },
      metrics: { receivers: ['names'], exporters: ['nop'] },
    },
  },
});
`;
}
