import { type MapTree, plainValue, type Tree } from '../../config/tree.ts';
import { parseYaml } from '../../config/yaml/parse.ts';
import type { ConversionSource } from '../conversion.ts';
import type { OutputMap } from '../output/config-builder.ts';
import { RawText } from '../output/raw-text.ts';
import { removeInvalid } from '../output/remove-invalid.ts';
import type { ConversionReport, SourcePlace } from '../report.ts';
import { variableName } from '../source/references.ts';
import type { Section } from '../source/section.ts';
import { DEFAULT_CONFIG } from './default-config.ts';
import type { Preset } from './presets.ts';

/**
 * Converts the configuration of the Collector in the values of its chart, merged as the chart does, to one that replaces
 * that of the chart of otelier.
 */
export async function collectorConfig(
  values: Section,
  presets: readonly Preset[],
  { registry }: ConversionSource,
): Promise<OutputMap> {
  const { report } = values;
  const merged = mergedConfig(values);
  const texts = rawTexts(merged, report, [...values.path, 'config']) as OutputMap;
  const config = withPresets(texts, presets);
  removeUnused(config);
  const places = placesOf(values);
  await withStandIns(config, presets, () =>
    removeInvalid(config, report, registry, (section, id) => places.get(`${section}.${id}`) ?? values.at('config')),
  );
  return config;
}

function mergedConfig(values: Section): Tree {
  const alternate = values.tree('alternateConfig');
  if (alternate?.kind === 'map' && alternate.entries.size > 0) {
    values.missing('config', 'alternateConfig replaces it');
    return alternate;
  }
  const base = parseYaml('default', DEFAULT_CONFIG).tree as Tree;
  const over = values.tree('config');
  return over === undefined ? base : merge(base, over);
}

/** Merges as Helm does: mappings deeply, other values are replaced, and null removes. */
function merge(under: Tree, over: Tree): Tree {
  if (under.kind !== 'map' || over.kind !== 'map') return over;
  const entries = new Map(under.entries);
  for (const [key, value] of over.entries) {
    const below = entries.get(key);
    if (value.kind === 'scalar' && value.value === null) entries.delete(key);
    else entries.set(key, below === undefined ? value : merge(below, value));
  }
  return { ...under, entries };
}

/** Texts are written as they are, because their references are those of otelier. */
function rawTexts(tree: Tree, report: ConversionReport, path: readonly (string | number)[]): unknown {
  if (tree.kind === 'list') return tree.items.map((item, index) => rawTexts(item, report, [...path, index]));
  if (tree.kind === 'map')
    return Object.fromEntries([...tree.entries].map(([key, value]) => [key, rawTexts(value, report, [...path, key])]));
  if (typeof tree.value !== 'string') return plainValue(tree);
  if (tree.value.includes('{{')) {
    const variable = variableName(...path.slice(-3).map(String));
    const message = `templates in config are not evaluated; the output reads the value from the variable ${variable}`;
    report.changed({ position: tree.at, path }, message, 'set it in extraEnv');
    return new RawText(`\${env:${variable}}`);
  }
  if (isSecret(path, tree.value)) {
    const variable = variableName(...path.slice(-3).map(String));
    const message = `a secret is not copied; the output reads it from the variable ${variable}`;
    report.changed({ position: tree.at, path }, message, 'set it in extraEnv from a secret');
    return new RawText(`\${env:${variable}}`);
  }
  const text = tree.value.replace(
    /\$\{(?:env:)?(MY_POD_IP|OTEL_K8S_\w+)\}/g,
    (_, name: string) => VARIABLES[name] ?? `\${env:${name}}`,
  );
  return new RawText(text);
}

/** Whether a text is a secret in plain text. */
function isSecret(path: readonly (string | number)[], text: string): boolean {
  const key = String(path.at(-1));
  if (text === '' || text.includes('${') || /_file$|_source$|_type$/.test(key)) return false;
  return /password|passwd|token$|secret|api_?key|credentials|key_pem|authorization|^x-.*-key$/i.test(key);
}

/** Variables of the chart, by what the pods of otelier have instead. */
const VARIABLES: Readonly<Record<string, string>> = {
  MY_POD_IP: '0.0.0.0',
  OTEL_K8S_NODE_NAME: `\${env:K8S_NODE_NAME}`,
  OTEL_K8S_NODE_IP: `\${env:K8S_NODE_IP}`,
  OTEL_K8S_POD_NAME: `\${env:K8S_POD_NAME}`,
  OTEL_K8S_POD_IP: `\${env:K8S_POD_IP}`,
};

type Pipelines = Record<string, Record<string, unknown[]> | null>;

/** Adds what presets enable to the pipelines, and the extensions that the chart of otelier needs. */
function withPresets(config: OutputMap, presets: readonly Preset[]): OutputMap {
  const { telemetry, pipelines: given, extensions = [] } = serviceOf(config);
  const pipelines: Pipelines = { ...given };
  for (const [name, pipeline] of Object.entries(pipelines)) if (pipeline) addPresets(pipeline, name, presets);
  const known = (config['extensions'] ?? {}) as OutputMap;
  for (const id of Object.keys(known)) if (isHealthCheck(id)) delete known[id];
  const needed = ['health_check_v2', ...presets.flatMap(({ extension }) => extension ?? [])];
  const own = extensions.filter((id) => !isHealthCheck(nameOf(id)));
  // Pipelines of the chart of otelier that the source does not have are removed.
  for (const signal of ['traces', 'metrics', 'logs']) pipelines[signal] ??= null;
  const ownTelemetry = telemetry === undefined ? {} : { telemetry };
  return { ...config, service: { extensions: [...needed, ...own], ...ownTelemetry, pipelines } };
}

function serviceOf(config: OutputMap) {
  const service = (config['service'] ?? {}) as { telemetry?: OutputMap; pipelines?: Pipelines; extensions?: unknown };
  return { ...service, extensions: Array.isArray(service.extensions) ? (service.extensions as unknown[]) : [] };
}

function isHealthCheck(id: string): boolean {
  return /^health_check(?:$|\/)/.test(id);
}

function addPresets(pipeline: Record<string, unknown[]>, name: string, presets: readonly Preset[]): void {
  const add = (key: string, ids: readonly string[], isFirst: boolean) => {
    const known = Array.isArray(pipeline[key]) ? pipeline[key] : [];
    if (ids.length > 0) pipeline[key] = isFirst ? [...ids, ...known] : [...known, ...ids];
  };
  add(
    'receivers',
    presets.filter(({ signal }) => signal === name).flatMap(({ receiver }) => receiver ?? []),
    false,
  );
  add(
    'processors',
    presets.flatMap(({ processor }) => processor ?? []),
    true,
  );
}

function nameOf(id: unknown): string {
  return id instanceof RawText ? id.text : String(id);
}

/** Removes components of the default configuration that no pipeline uses. */
function removeUnused(config: OutputMap): void {
  const { pipelines, extensions } = config['service'] as { pipelines: Pipelines; extensions: unknown[] };
  const used = new Set(
    [...extensions, ...Object.values(pipelines).flatMap((pipeline) => Object.values(pipeline ?? {}).flat())].map(
      nameOf,
    ),
  );
  for (const kind of ['receivers', 'processors', 'exporters', 'extensions']) {
    const components = (config[kind] ?? {}) as OutputMap;
    for (const id of Object.keys(components)) if (!used.has(id)) delete components[id];
    if (Object.keys(components).length === 0) delete config[kind];
  }
}

/** Adds the components that the chart of otelier has while the configuration is checked. */
async function withStandIns(config: OutputMap, presets: readonly Preset[], check: () => Promise<void>): Promise<void> {
  const standIns: [string, string, OutputMap][] = [['extensions', 'health_check_v2', {}]];
  for (const preset of presets) {
    if (preset.receiver !== undefined) standIns.push(['receivers', preset.receiver, preset.standIn]);
    if (preset.processor !== undefined) standIns.push(['processors', preset.processor, preset.standIn]);
    if (preset.extension !== undefined) standIns.push(['extensions', preset.extension, { directory: '/tmp' }]);
  }
  const pipelines = (config['service'] as { pipelines: Pipelines }).pipelines;
  const removed = Object.entries(pipelines).filter(([, pipeline]) => pipeline === null);
  for (const [name] of removed) delete pipelines[name];
  const added = standIns.filter(([kind, id]) => !(id in ((config[kind] ?? {}) as OutputMap)));
  for (const [kind, id, settings] of added) config[kind] = { ...(config[kind] as OutputMap), [id]: settings };
  await check();
  for (const [kind, id] of added) delete (config[kind] as OutputMap)[id];
  for (const kind of ['receivers', 'processors', 'extensions'])
    if (Object.keys((config[kind] ?? {}) as OutputMap).length === 0) delete config[kind];
  for (const signal of ['traces', 'metrics', 'logs']) pipelines[signal] ??= null;
}

/** The places of the components in the values. */
function placesOf(values: Section): ReadonlyMap<string, SourcePlace> {
  const places = new Map<string, SourcePlace>();
  const config = values.tree('config') as MapTree | undefined;
  for (const [kind, components] of config?.kind === 'map' ? config.entries : [])
    for (const [id, position] of components.kind === 'map' ? components.keyPositions : [])
      places.set(`${kind}.${id}`, { position, path: [...values.path, 'config', kind, id] });
  return places;
}
