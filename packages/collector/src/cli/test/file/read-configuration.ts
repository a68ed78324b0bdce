import { isAbsolute, join } from 'node:path';
import { isMap, isPair, isScalar, parseDocument } from 'yaml';
import { type Diagnostic, formatPath } from '../../../config/config-error.ts';
import { readConfigFiles } from '../../../config/files.ts';
import { loadConfig } from '../../../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../../../config/model.ts';
import { plainValue, type Tree } from '../../../config/tree.ts';
import { registry } from '../../../registry.generated.ts';
import { kindOf } from '../telemetry/write-json.ts';
import { errorAt, type ReadContext } from './context.ts';

/** The options of `readConfiguration`. */
export interface ConfigurationOptions extends ReadContext {
  /** Path of the test file. */
  readonly name: string;
  /** Text of the test file, if it is YAML. */
  readonly text: string | undefined;
  /** The value of `config`. */
  readonly written: Tree;
  readonly settings: readonly string[];
}

/** Loads the configuration of a test file: its own, or that of files. Errors are at their positions in these files. */
export async function readConfiguration(
  options: ConfigurationOptions,
): Promise<{ readonly config: ServiceConfig | undefined; readonly errors: readonly Diagnostic[] }> {
  const { settings, environment } = options;
  const read = options.written.kind === 'map' ? ownSources(options) : await filesOf(options);
  if (read.errors.length > 0) return { config: undefined, errors: read.errors };
  const loaded = await loadConfig({ sources: read.sources, settings, environment, registry });
  // Tests of components use what no pipeline uses.
  const errors = loaded.errors.filter(({ message }) => read.hasPipelines || !/no pipeline uses it/.test(message));
  return { config: loaded.ok ? loaded.config : undefined, errors };
}

interface Sources {
  /** Whether the pipelines are those of the user. */
  readonly hasPipelines: boolean;
  readonly sources: readonly ConfigSource[];
  readonly errors: readonly Diagnostic[];
}

async function filesOf({ written, directory, dependencies, environment }: ConfigurationOptions): Promise<Sources> {
  const items = written.kind === 'list' ? written.items : [written];
  const paths: string[] = [];
  const errors: Diagnostic[] = [];
  for (const [index, item] of items.entries()) {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '') {
      paths.push(isAbsolute(item.value) ? item.value : join(directory, item.value));
      continue;
    }
    const path = formatPath(written.kind === 'list' ? ['config', index] : ['config']);
    errors.push(errorAt(item.at, path, `expected a configuration, or the path of its file, got ${kindOf(item)}`));
  }
  for (const path of paths) dependencies.add(path);
  if (errors.length > 0) return { sources: [], errors, hasPipelines: true };
  // The scheme keeps a path with a colon from being one of the sources of other kinds.
  const read = await readConfigFiles(
    paths.map((path) => `file:${path}`),
    environment,
  );
  const missing = read.errors.map((error): Diagnostic => {
    const { line, source } = error.position;
    const index = paths.indexOf(source);
    if (line > 0 || index < 0) return error;
    const item = items[index] ?? written;
    return errorAt(item.at, 'config', `${error.message}, got ${source}`);
  });
  return { sources: read.sources, errors: missing, hasPipelines: true };
}

/** Returns the configuration in the test file. Without pipelines, which tests of components need not have, some are added. */
function ownSources({ name, text, written }: ConfigurationOptions): Sources {
  const own: ConfigSource =
    text === undefined
      ? { name, text: JSON.stringify(plainValue(written)), isGenerated: true }
      : { name, text: onlyConfig(text) };
  const hasService = written.kind === 'map' && written.entries.has('service');
  const added = { name, text: JSON.stringify(PIPELINE), isGenerated: true };
  return { sources: hasService ? [own] : [added, own], errors: [], hasPipelines: hasService };
}

const PIPELINE = {
  receivers: { nop: null },
  exporters: { nop: null },
  service: { pipelines: { logs: { receivers: ['nop'], exporters: ['nop'] } } },
};

/** Replaces everything but the configuration by spaces, so that positions stay those in the test file. */
function onlyConfig(text: string): string {
  const { contents } = parseDocument(text, { merge: true, uniqueKeys: false });
  const pair = isMap(contents)
    ? contents.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === 'config')
    : undefined;
  const node = pair?.value as { readonly range?: readonly [number, number, number] } | null | undefined;
  const [start, end] = node?.range ?? [0, 0];
  return `${blank(text.slice(0, start))}${text.slice(start, end)}`;
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
