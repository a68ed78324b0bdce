import { FunctionProcessor } from './function-processor.ts';
import type { ModuleConfig } from './protocol.ts';

/** Prefix of the component IDs of functions, which are the type of the processor that runs them. */
const FUNCTION_TYPE = 'function';
const MAX_DEPTH = 100;

/**
 * Converts the default export of a module to a configuration without functions, as JSON: a function becomes a component
 * of type `function` that names the module (`file`) and its key.
 */
export function moduleConfig(exported: unknown, file: string): ModuleConfig {
  if (exported === undefined) return { kind: 'none' };
  const issues: { path: string; message: string }[] = [];
  if (!isPlainObject(exported)) {
    const message = `expected the default export to be a configuration, such as defineConfig({ … }), got ${describe(exported)}`;
    return { kind: 'invalid', issues: [{ path: '', message }] };
  }
  const functions = functionsOf(exported['processors']);
  const plain = plainValue(exported, [], issues, (value, path) => functionComponent(value, path, file));
  if (issues.length > 0) return { kind: 'invalid', issues };
  renameFunctions(plain as Record<string, unknown>, functions, issues);
  return issues.length > 0 ? { kind: 'invalid', issues } : { kind: 'config', json: JSON.stringify(plain) };
}

/** Returns the functions among the processors of a configuration, by their keys. */
export function functionsOf(processors: unknown): ReadonlyMap<string, FunctionProcessor> {
  if (!isPlainObject(processors)) return new Map();
  return new Map(
    Object.entries(processors).filter(
      (entry): entry is [string, FunctionProcessor] => entry[1] instanceof FunctionProcessor,
    ),
  );
}

type Path = readonly (string | number)[];
type Issues = { path: string; message: string }[];
type Replace = (value: FunctionProcessor, path: Path) => unknown;

function functionComponent({ options }: FunctionProcessor, path: Path, file: string): unknown {
  const [section, key, ...rest] = path;
  return section === 'processors' && rest.length === 0 ? { file, function: key, ...options } : undefined;
}

/** Gives functions the IDs of components, such as `function/slow` for `slow`, also where pipelines refer to them. */
function renameFunctions(
  config: Record<string, unknown>,
  functions: ReadonlyMap<string, FunctionProcessor>,
  issues: Issues,
): void {
  const processors = config['processors'];
  if (functions.size === 0 || !isPlainObject(processors)) return;
  const ids = new Map([...functions.keys()].map((key) => [key, componentId(key)]));
  config['processors'] = Object.fromEntries(
    Object.entries(processors).map(([key, value]) => [ids.get(key) ?? key, value]),
  );
  const service = config['service'];
  const pipelines = isPlainObject(service) ? service['pipelines'] : undefined;
  if (!isPlainObject(pipelines)) return;
  for (const [id, pipeline] of Object.entries(pipelines)) {
    const list = isPlainObject(pipeline) ? pipeline['processors'] : undefined;
    if (!isPlainObject(pipeline) || !Array.isArray(list)) continue;
    const signal = id.split('/', 1)[0];
    for (const [index, name] of list.entries()) {
      const used = functions.get(name);
      if (used === undefined || used.signal === signal) continue;
      const path = formatPath(['service', 'pipelines', id, 'processors', index]);
      issues.push({ path, message: `expected a function for ${signal}, got "${name}", which ${used.creator} created` });
    }
    pipeline['processors'] = list.map((name: unknown) => ids.get(String(name)) ?? name);
  }
}

function componentId(key: string): string {
  return key === FUNCTION_TYPE || key.startsWith(`${FUNCTION_TYPE}/`) ? key : `${FUNCTION_TYPE}/${key}`;
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
  if (value instanceof FunctionProcessor) {
    const replaced = replace(value, path);
    if (replaced !== undefined) return replaced;
    issues.push({
      path: formatPath(path),
      message: `expected ${value.creator} as an entry of processors, got it here`,
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
