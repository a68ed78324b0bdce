import { UserFunction } from '../kinds/user-function.ts';
import type { ModuleConfig } from '../protocol.ts';
import { isDefinition } from './is-definition.ts';
import { functionComponent, functionsBySection, isFunctionSection, sectionOf, typeOf } from './module-functions.ts';

const MAX_DEPTH = 100;

/**
 * Converts the default export of a module to a configuration without functions, as JSON: a function becomes a component
 * that names the module (`file`) and its key.
 */
export function moduleConfig(exported: unknown, file: string): ModuleConfig {
  if (exported === undefined) return { kind: 'none' };
  const issues: { path: string; message: string }[] = [];
  if (!isPlainObject(exported)) {
    const message = `expected the default export to be a configuration, such as defineConfig({ … }), got ${describe(exported)}`;
    return { kind: 'invalid', issues: [{ path: '', message }] };
  }
  const functions = functionsBySection(exported);
  issues.push(...duplicates(functions));
  const replace = { file, function: (value: UserFunction, path: Path) => replaceFunction(value, path, file) };
  const plain = plainValue(exported, [], issues, replace);
  if (issues.length > 0) return { kind: 'invalid', issues };
  renameFunctions(plain as Record<string, unknown>, functions, issues);
  return issues.length > 0 ? { kind: 'invalid', issues } : { kind: 'config', json: JSON.stringify(plain) };
}

type Path = readonly (string | number)[];
type Issues = { path: string; message: string }[];
/** How values that a configuration cannot contain are replaced. */
interface Replace {
  /** The module as written. */
  readonly file: string;
  function(value: UserFunction, path: Path): unknown;
}

function replaceFunction(value: UserFunction, path: Path, file: string): unknown {
  const [section, key, ...rest] = path;
  if (!isFunctionSection(section) || typeof key !== 'string' || rest.length > 0) return undefined;
  return typeOf(section, value) === undefined ? undefined : functionComponent(value, key, file);
}

/** Reports names that functions in several sections have: a module has one function of each name. */
function duplicates(functions: ReturnType<typeof functionsBySection>): Issues {
  const seen = new Set<string>();
  const issues: Issues = [];
  for (const [section, entries] of functions)
    for (const key of entries.keys()) {
      if (seen.has(key))
        issues.push({ path: `${section}.${key}`, message: `expected a name that no other function has, got "${key}"` });
      seen.add(key);
    }
  return issues;
}

/** The lists of a pipeline that name the components of a section. */
const LISTS = { processors: ['processors'], connectors: ['receivers', 'exporters'] } as const;

/** Gives functions the IDs of components, such as `function/slow` for `slow`, also where pipelines refer to them. */
function renameFunctions(
  config: Record<string, unknown>,
  functions: ReturnType<typeof functionsBySection>,
  issues: Issues,
): void {
  for (const [section, entries] of functions) {
    const written = config[section];
    if (entries.size === 0 || !isPlainObject(written)) continue;
    const ids = new Map([...entries].map(([key, value]) => [key, componentId(typeOf(section, value) ?? '', key)]));
    config[section] = Object.fromEntries(Object.entries(written).map(([key, value]) => [ids.get(key) ?? key, value]));
    for (const [id, pipeline] of pipelinesOf(config)) {
      for (const list of LISTS[section]) {
        const names: unknown = pipeline[list];
        if (!Array.isArray(names)) continue;
        // What a connector emits is checked with the configuration.
        if (list !== 'receivers') issues.push(...wrongSignals(id, list, names, entries));
        pipeline[list] = names.map((name: unknown) => ids.get(String(name)) ?? name);
      }
    }
  }
}

function pipelinesOf(config: Record<string, unknown>): (readonly [string, Record<string, unknown>])[] {
  const service = config['service'];
  const pipelines = isPlainObject(service) ? service['pipelines'] : undefined;
  if (!isPlainObject(pipelines)) return [];
  return Object.entries(pipelines).flatMap(([id, pipeline]) => (isPlainObject(pipeline) ? [[id, pipeline]] : []));
}

function wrongSignals(
  pipeline: string,
  list: string,
  names: readonly unknown[],
  functions: ReadonlyMap<string, UserFunction>,
): Issues {
  const [signal = ''] = pipeline.split('/', 1);
  return names.flatMap((name, index) => {
    const used = functions.get(String(name));
    if (used === undefined || used.signals.some((one) => one === signal)) return [];
    const path = formatPath(['service', 'pipelines', pipeline, list, index]);
    return [
      { path, message: `expected a function for ${signal}, got "${String(name)}", which ${used.creator} created` },
    ];
  });
}

function componentId(type: string, key: string): string {
  return key === type || key.startsWith(`${type}/`) ? key : `${type}/${key}`;
}

/** Copies values that a configuration can contain, and reports others. */
function plainValue(value: unknown, path: Path, issues: Issues, replace: Replace): unknown {
  const invalid = (got: string) => {
    issues.push({
      path: formatPath(path),
      message: `expected text, a number, true, false, a list or an object, got ${got}`,
    });
    return undefined;
  };
  if (path.length > MAX_DEPTH) return invalid(`more than ${MAX_DEPTH} levels`);
  if (isDefinition(value)) {
    const [section, key, ...rest] = path;
    if (section === 'components' && rest.length === 0) return { file: replace.file, export: key };
    issues.push({ path: formatPath(path), message: `expected a ${value.kind} as an entry of components, got it here` });
    return undefined;
  }
  if (value instanceof UserFunction) {
    const replaced = replace.function(value, path);
    if (replaced !== undefined) return replaced;
    issues.push({
      path: formatPath(path),
      message: `expected ${value.creator} as an entry of ${sectionOf(value)}, got it here`,
    });
    return undefined;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : invalid(String(value));
  if (Array.isArray(value)) return value.map((item, index) => plainValue(item, [...path, index], issues, replace));
  if (!isPlainObject(value)) return invalid(describe(value));
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries.map(([key, entry]) => [key, plainValue(entry, [...path, key], issues, replace)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`.slice(0, 80);
  return Array.isArray(value) ? 'a list' : `an object of class ${value.constructor?.name ?? 'unknown'}`;
}

function formatPath(path: Path): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}
