import { stringify } from 'yaml';
import { type CatalogueEntry, KIND_DIRECTORIES } from './catalogue.ts';

/** Renders a configuration with the first example of every component, and a pipeline with the common ones. */
export function exampleConfiguration(components: readonly CatalogueEntry[]): string {
  const config: Record<string, unknown> = {};
  for (const [kind, directory] of Object.entries(KIND_DIRECTORIES)) {
    const entries = components.filter((entry) => entry.kind === kind);
    if (entries.length === 0) continue;
    config[directory] = Object.fromEntries(
      entries.map(({ type, definition }) => [type, definition.examples[0]?.config ?? {}]),
    );
  }
  const has = (kind: string, type: string) => components.some((entry) => entry.kind === kind && entry.type === type);
  const present = (kind: string, ...types: string[]) => types.filter((type) => has(kind, type));
  const pipeline = {
    receivers: present('receiver', 'otlp'),
    processors: present('processor', 'memory_limiter', 'batch'),
    exporters: present('exporter', 'store', 'otlp_grpc'),
  };
  config['service'] = {
    extensions: present('extension', 'health_check', 'workbench'),
    pipelines: Object.fromEntries(['traces', 'metrics', 'logs'].map((signal) => [signal, pipeline])),
  };
  const yaml = stringify(config, { aliasDuplicateObjects: false, lineWidth: 120 });
  return `# Every component with its first example. Written by \`npm run generate\`; take from it what you need.
# Components that no pipeline names do nothing.
# yaml-language-server: $schema=./otelier.schema.json
${yaml}`;
}
