import type { Diagnostic } from '../../config/config-error.ts';
import { loadConfig } from '../../config/load.ts';
import type { Registry } from '../../config/registry.ts';
import type { ConversionReport, SourcePlace } from '../report.ts';
import type { OutputMap } from './config-builder.ts';
import { RawText } from './raw-text.ts';
import { writeYaml } from './write-yaml.ts';

/** Rounds of removing. Each can reveal other errors. */
const MAX_ROUNDS = 20;

/** Errors about the machine on which the command runs or about variables, not about the configuration. */
const OF_MACHINE = /readable file|no such file|directory|permission|certificate|\$\{/i;

/**
 * Removes values that the components of otelier do not accept from a configuration, with a note for each. `placeOf`
 * returns the place in the source of the component at a path of the output.
 */
export async function removeInvalid(
  config: OutputMap,
  report: ConversionReport,
  registry: Registry,
  placeOf: (section: string, id: string) => SourcePlace | undefined,
): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const text = writeYaml(config, report, []);
    const environment = Object.fromEntries(
      [...text.matchAll(/\$\{env:(\w+)/g)].map(([, name = '']) => [name, 'given']),
    );
    const { errors } = await loadConfig({ sources: [{ name: 'output', text }], settings: [], environment, registry });
    const wrong = errors.filter(({ severity, message }) => severity === 'error' && !OF_MACHINE.test(message));
    const removed = wrong.filter((error) => removeOne(config, error, report, placeOf));
    if (removed.length === 0) return;
  }
}

function removeOne(
  config: OutputMap,
  { path, message }: Diagnostic,
  report: ConversionReport,
  placeOf: (section: string, id: string) => SourcePlace | undefined,
): boolean {
  const keys = keysOf(path);
  const [section = '', id = ''] = keys;
  // Pipelines change with their components only.
  if (section === 'service' && id === 'pipelines') return false;
  const place = placeOf(String(section), String(id));
  if (place === undefined) return false;
  // A value that is missing cannot be removed: its component goes.
  const isWhole = !removeAt(config, keys);
  if (isWhole && !removeAt(config, keys.slice(0, 2))) return false;
  const inner = { position: place.position, path: [...place.path, ...keys.slice(2)] };
  if (keys.length > 2) report.missing(inner, `otelier does not accept it: ${withoutList(message)}`);
  else report.missing(place, `otelier does not have the component ${id}: ${withoutList(message)}`, KNOWN_COMPONENTS);
  if (isWhole || keys.length === 2) forget(config, String(section), String(id));
  return true;
}

const KNOWN_COMPONENTS = 'see otelier components for those that it has';

/** Removes a component from the pipelines, and pipelines without receivers or exporters. */
function forget(config: OutputMap, section: string, id: string): void {
  const isOther = (one: unknown) => (one instanceof RawText ? one.text : one) !== id;
  const service = config['service'] as OutputMap | undefined;
  if (section === 'extensions' && Array.isArray(service?.['extensions']))
    service['extensions'] = service['extensions'].filter(isOther);
  const pipelines = (service?.['pipelines'] ?? {}) as Record<string, Record<string, unknown[]>>;
  for (const [name, pipeline] of Object.entries(pipelines)) {
    for (const key of ['receivers', 'processors', 'exporters'])
      if (Array.isArray(pipeline[key])) pipeline[key] = pipeline[key].filter(isOther);
    if (pipeline['receivers']?.length === 0 || pipeline['exporters']?.length === 0) delete pipelines[name];
  }
}

function withoutList(message: string): string {
  return message.replace(/ \((?:[\w-]+, )+[^)]*\)/, '').slice(0, 300);
}

/** Splits a path such as `a.b["c.d"][0]`. */
function keysOf(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|"((?:[^"\\]|\\.)*)"|([^.[\]"]+)/g)].map(([, index, quoted, plain]) =>
    index === undefined ? (plain ?? JSON.parse(`"${quoted}"`)) : Number(index),
  ) as (string | number)[];
}

function removeAt(config: OutputMap, keys: readonly (string | number)[]): boolean {
  const last = keys.at(-1);
  let target: unknown = config;
  for (const key of keys.slice(0, -1)) target = (target as OutputMap | undefined)?.[key as string];
  if (typeof target !== 'object' || target === null || last === undefined || !(last in target)) return false;
  if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete (target as OutputMap)[last as string];
  return true;
}
