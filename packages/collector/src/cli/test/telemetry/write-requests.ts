import { MESSAGES, type MessageDescriptor, requestFromJson, SIGNALS, type Signal } from '@otelier/otlp';
import { type Diagnostic, formatPath, type Position } from '../../../config/config-error.ts';
import { isEmptyValue, type MapTree, type Tree } from '../../../config/tree.ts';
import { requestMessage } from './item.ts';
import { fieldOf, JsonWriter, kindOf, type Path } from './write-json.ts';

/** Telemetry in a test file as a request, with its errors. */
export interface WrittenRequest {
  /** `undefined` if there are errors. */
  readonly bytes: Uint8Array | undefined;
  readonly errors: readonly Diagnostic[];
}

/** The keys under which test files list the items of a signal. */
export const ITEM_LISTS = { traces: 'spans', metrics: 'metrics', logs: 'logs' } as const satisfies Partial<
  Record<Signal, string>
>;

/** A signal whose items test files can list. */
export type ListedSignal = keyof typeof ITEM_LISTS;

/** Returns a list of items, each with its own `resource` and `scope`, as one request. */
export function writeItems(signal: ListedSignal, tree: Tree, path: Path): WrittenRequest {
  if (tree.kind !== 'list' && !isEmptyValue(tree))
    return { bytes: undefined, errors: [errorAt(tree.at, path, `expected a list, got ${kindOf(tree)}`)] };
  const levels = levelsOf(signal);
  const json = new JsonWriter();
  const errors: Diagnostic[] = [];
  const resources: { resource: string; scopes: { scope: string; items: string[] }[] }[] = [];
  for (const [index, item] of (tree.kind === 'list' ? tree.items : []).entries()) {
    const place = [...path, index];
    const before = json.errors.length;
    const own = json.message(levels.item, item, place, OUTER);
    const resource = levelJson(json, 'Resource', item, 'resource', place);
    const scope = levelJson(json, 'InstrumentationScope', item, 'scope', place);
    const text = requestText(levels, resource, scope, own);
    const read = json.errors.length > before ? undefined : requestFromJson(signal, text);
    if (read !== undefined && !read.ok) errors.push(explain(read.reason, item, place));
    const last = resources.at(-1);
    const lastScope = last?.scopes.at(-1);
    if (last?.resource !== resource) resources.push({ resource, scopes: [{ scope, items: [own] }] });
    else if (lastScope?.scope !== scope) last.scopes.push({ scope, items: [own] });
    else lastScope.items.push(own);
  }
  errors.push(...json.errors);
  if (errors.length > 0) return { bytes: undefined, errors };
  const groups = resources.map(({ resource, scopes }) => {
    const inner = scopes.map(({ scope, items }) => `{${scope}"${levels.itemName}":[${items.join(',')}]}`);
    return `{${resource}"${levels.scopeName}":[${inner.join(',')}]}`;
  });
  return fromJson(signal, `{"${levels.resourceName}":[${groups.join(',')}]}`, tree, path);
}

/** Returns a request in the structure of OTLP/JSON, such as `{resourceSpans: […]}`, with its signal. */
export function writeRequest(tree: Tree, path: Path): WrittenRequest & { readonly signal: Signal | undefined } {
  const keys = tree.kind === 'map' ? [...tree.entries.keys()] : [];
  const signal = signalOfKey(keys[0] ?? '');
  if (signal === undefined || keys.length !== 1) {
    const got = keys.length === 0 ? kindOf(tree) : keys.map((key) => `"${key}"`).join(', ');
    const message = `expected one of resource_spans, resource_metrics and resource_logs, got ${got}`;
    return { signal: undefined, bytes: undefined, errors: [errorAt(tree.at, path, message)] };
  }
  const json = new JsonWriter();
  const text = json.message(requestMessage(signal), tree, path);
  if (json.errors.length > 0) return { signal, bytes: undefined, errors: json.errors };
  return { signal, ...fromJson(signal, text, tree, path) };
}

/** Returns the signal of a request by its only key, such as `resourceSpans`. */
export function signalOfKey(key: string): Signal | undefined {
  for (const signal of Object.keys(ITEM_LISTS) as ListedSignal[])
    if (fieldOf(requestMessage(signal), key) !== undefined) return signal;
  return undefined;
}

function fromJson(signal: Signal, text: string, tree: Tree, path: Path): WrittenRequest {
  const read = requestFromJson(signal, text);
  return read.ok ? { bytes: read.bytes, errors: [] } : { bytes: undefined, errors: [explain(read.reason, tree, path)] };
}

/** The keys of an item that belong to the levels above it. */
const OUTER: ReadonlySet<string> = new Set(['resource', 'scope']);

interface Levels {
  readonly item: MessageDescriptor;
  readonly resourceName: string;
  readonly scopeName: string;
  readonly itemName: string;
}

function levelsOf(signal: ListedSignal): Levels {
  const { resourceField, scopeField, itemField } = SIGNALS[signal];
  const resource = inner(requestMessage(signal), resourceField);
  const scope = inner(resource.message, scopeField);
  const item = inner(scope.message, itemField);
  return { item: item.message, resourceName: resource.name, scopeName: scope.name, itemName: item.name };
}

function inner(
  message: MessageDescriptor,
  number: number,
): { readonly name: string; readonly message: MessageDescriptor } {
  const field = message.byNumber.get(number);
  if (field?.kind !== 'message') throw new Error(`expected a message in field ${number} of ${message.name}`);
  return { name: field.jsonName, message: MESSAGES[field.message] };
}

function requestText(
  { resourceName, scopeName, itemName }: Levels,
  resource: string,
  scope: string,
  item: string,
): string {
  return `{"${resourceName}":[{${resource}"${scopeName}":[{${scope}"${itemName}":[${item}]}]}]}`;
}

/** Returns the fields of a level with the resource or scope of an item: `"resource":{…},"schemaUrl":"…",`. */
function levelJson(
  json: JsonWriter,
  name: 'Resource' | 'InstrumentationScope',
  item: Tree,
  key: 'resource' | 'scope',
  path: Path,
): string {
  const tree = item.kind === 'map' ? item.entries.get(key) : undefined;
  if (tree === undefined || isEmptyValue(tree)) return '';
  const message = json.message(MESSAGES[name], tree, [...path, key], SCHEMA_URL);
  const schemaUrl = tree.kind === 'map' ? (tree.entries.get('schema_url') ?? tree.entries.get('schemaUrl')) : undefined;
  const schema = schemaUrl?.kind === 'scalar' ? `"schemaUrl":${JSON.stringify(schemaUrl.value)},` : '';
  return `"${key}":${message},${schema}`;
}

const SCHEMA_URL: ReadonlySet<string> = new Set(['schema_url', 'schemaUrl']);

/** Translates an error of the JSON reader, whose path is in the generated JSON, to a position in the test file. */
function explain(reason: string, tree: Tree, path: Path): Diagnostic {
  const [, jsonPath = '', message = reason] = /^([\w.[\]]+): ([\s\S]*)$/.exec(reason) ?? [];
  const steps = [...jsonPath.matchAll(/\[(\d+)\]|(\w+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  );
  const isItem = tree.kind === 'map' && signalOfKey([...tree.entries.keys()][0] ?? '') === undefined;
  // The levels around an item are not in the test file.
  const at = isItem ? stepsOfItem(steps) : steps;
  let current: { readonly tree: Tree; readonly path: Path; readonly position: Position } = {
    tree,
    path,
    position: tree.at,
  };
  for (const step of at) current = below(current.tree, step, current.path, current.position) ?? current;
  return errorAt(current.position, current.path, message);
}

function stepsOfItem(steps: readonly (string | number)[]): readonly (string | number)[] {
  const [, , name, ...others] = steps;
  if (name === 'resource') return [name, ...others];
  const [, second, ...inside] = others;
  return second === 'scope' ? [second, ...inside] : inside.slice(1);
}

function below(tree: Tree, step: string | number, path: Path, position: Position) {
  if (tree.kind === 'list') {
    const item = typeof step === 'number' ? tree.items[step] : undefined;
    return item && { tree: item, path: [...path, step], position: item.at };
  }
  if (tree.kind !== 'map') return undefined;
  const key = typeof step === 'number' ? [...tree.entries.keys()][step] : keyOf(tree, step);
  const value = key === undefined ? undefined : tree.entries.get(key);
  if (key === undefined || value === undefined) return undefined;
  return { tree: value, path: [...path, key], position: value.at ?? position };
}

/** Returns the key that stands for a JSON name. */
function keyOf(tree: MapTree, name: string): string | undefined {
  if (tree.entries.has(name)) return name;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return tree.entries.has(snake) ? snake : undefined;
}

function errorAt(position: Position, path: Path, message: string): Diagnostic {
  return { severity: 'error', position, path: formatPath(path), message };
}
