import { stringify } from 'yaml';
import type { ComponentKind } from '../component/contract.ts';
import { ConfigError, formatConfigError } from '../config/config-error.ts';
import { resolveConfig } from '../config/load.ts';
import { redactedValue } from '../config/print/redact.ts';
import { findEntry } from '../config/registry.ts';
import { type MapTree, plainValue, type Tree } from '../config/tree.ts';
import { registry } from '../registry.generated.ts';
import { builtInConfig } from './built-in.ts';
import { type ConfigOptions, readSources } from './configuration.ts';
import type { Console } from './console.ts';

/** Options for `otelier print-config`. */
export interface PrintConfigOptions extends ConfigOptions {
  readonly mode: 'redacted' | 'unredacted';
  readonly format: 'yaml' | 'json';
}

/** Prints the configuration with all sources merged and all references expanded, by default with secrets redacted. */
export async function printConfigCommand(options: PrintConfigOptions, console: Console): Promise<void> {
  const { config, set, mode, format } = options;
  const builtIn = { name: 'built in', text: builtInConfig({ data: './.otelier', demo: false }) };
  const sources = config.length > 0 ? await readSources(config, console) : [builtIn];
  const { tree, errors } = resolveConfig({ sources, settings: set, environment: console.environment });
  if (tree === undefined || errors.some(({ severity }) => severity === 'error')) throw new ConfigError(errors);
  for (const error of errors) console.error(formatConfigError(error));
  const value = mode === 'unredacted' ? plainValue(tree) : await redactedConfig(tree);
  console.print(format === 'json' ? JSON.stringify(value, undefined, 2) : stringify(value).trimEnd());
}

const KINDS: Readonly<Record<string, ComponentKind>> = {
  receivers: 'receiver',
  processors: 'processor',
  exporters: 'exporter',
  connectors: 'connector',
  extensions: 'extension',
};

async function redactedConfig(tree: MapTree): Promise<unknown> {
  const sections: Record<string, unknown> = {};
  for (const [section, part] of tree.entries) {
    const kind = KINDS[section];
    sections[section] =
      kind === undefined || part.kind !== 'map' ? redactedValue(part) : await redactedSection(kind, part);
  }
  return sections;
}

async function redactedSection(kind: ComponentKind, section: MapTree): Promise<unknown> {
  const redact = async ([id, config]: [string, Tree]) => {
    const found = findEntry(registry, kind, id.split('/', 1)[0] ?? '');
    // Any field of an unknown component could be a secret.
    return [id, redactedValue(config, (await found?.entry.load())?.config, found === undefined)];
  };
  return Object.fromEntries(await Promise.all([...section.entries].map(redact)));
}
