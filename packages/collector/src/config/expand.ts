import type { Problem } from './config-error.ts';
import { type MapTree, parseYaml, type ScalarTree, type Tree } from './tree.ts';

/** Variables to put in. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts variables in: `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`; `$$` is a dollar sign. A value that is one
 * reference and nothing else is read as YAML (`${env:PORT}` is a number); within other text it is text. A variable
 * that is not set and has no default is empty, with a warning.
 */
export function expandTree(tree: Tree, environment: Environment): { tree: Tree; errors: Problem[] } {
  const errors: Problem[] = [];
  const expand = (part: Tree): Tree => {
    if (part.kind === 'list') return { ...part, items: part.items.map(expand) };
    if (part.kind === 'map') return expandMap(part, expand);
    return typeof part.value === 'string' && part.value.includes('$') ? expandScalar(part, environment, errors) : part;
  };
  return { tree: expand(tree), errors };
}

function expandMap(tree: MapTree, expand: (part: Tree) => Tree): MapTree {
  return { ...tree, entries: new Map([...tree.entries].map(([key, value]) => [key, expand(value)])) };
}

function expandScalar(scalar: ScalarTree, environment: Environment, errors: Problem[]): Tree {
  const template = String(scalar.value);
  const error = (severity: Problem['severity'], message: string) => {
    errors.push({ severity, position: scalar.at, path: '', message });
  };
  const { text, references, whole } = expandText(template, environment, error, 0);
  if (references === 0) return { ...scalar, value: text };
  if (!whole) return { ...scalar, value: text, text, reference: template };
  const parsed = parseYaml(scalar.at.source, text);
  const tree = parsed.errors.length === 0 ? parsed.tree : undefined;
  if (tree === undefined || tree.kind === 'scalar') {
    const value = tree === undefined ? text : tree.value;
    return { kind: 'scalar', at: scalar.at, value, text, reference: template };
  }
  return moved(tree, scalar.at, template);
}

/** What a variable held stands where the reference stands, and its parts may be secret as well. */
function moved(tree: Tree, at: ScalarTree['at'], reference: string): Tree {
  if (tree.kind === 'scalar') return { ...tree, at, reference };
  if (tree.kind === 'list') return { ...tree, at, items: tree.items.map((item) => moved(item, at, reference)) };
  return {
    kind: 'map',
    at,
    entries: new Map([...tree.entries].map(([key, value]) => [key, moved(value, at, reference)])),
    keyPositions: new Map([...tree.entries.keys()].map((key) => [key, at])),
  };
}

type Report = (severity: Problem['severity'], message: string) => void;

/** The text with its references replaced; `whole` when it was one reference from end to end. */
function expandText(template: string, environment: Environment, report: Report, depth: number) {
  const closing = closingBraces(template);
  let text = '';
  let references = 0;
  let whole = false;
  let position = 0;
  while (position < template.length) {
    const dollar = template.indexOf('$', position);
    if (dollar < 0) break;
    text += template.slice(position, dollar);
    position = dollar + 1;
    if (template[position] === '$') {
      text += '$';
      position += 1;
      continue;
    }
    const end = closing.get(position);
    if (end === undefined) {
      // `$NAME` without braces is left alone: regular expressions and passwords are full of dollar signs.
      text += '$';
      continue;
    }
    text += resolveReference(template.slice(position + 1, end), environment, report, depth);
    references += 1;
    whole = dollar === 0 && end === template.length - 1;
    position = end + 1;
  }
  return { text: text + template.slice(position), references, whole };
}

/** Where each `${` ends, by the place of its brace. */
function closingBraces(template: string): ReadonlyMap<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (let index = 1; index < template.length; index++) {
    if (template[index] === '{' && template[index - 1] === '$') open.push(index);
    const start = template[index] === '}' ? open.pop() : undefined;
    if (start !== undefined) closing.set(start, index);
  }
  return closing;
}

/** Defaults within defaults; each level reads the rest of the text again. */
const MAX_DEFAULTS = 20;

function resolveReference(reference: string, environment: Environment, report: Report, depth: number): string {
  const match = /^(?:(\w+):(?!-))?([^:]*)(?::-([\s\S]*))?$/.exec(reference);
  const [, scheme = 'env', name = '', fallback] = match ?? [];
  if (match === null || scheme !== 'env') {
    report('error', `expected \${env:NAME} or \${env:NAME:-default}, got "\${${reference}}"`);
    return '';
  }
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    report('error', `expected the name of an environment variable, got "\${${reference}}"`);
    return '';
  }
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  // As in the Collector, a variable that is set and empty is empty: the default is for one that is not set.
  if (value !== undefined) return value;
  if (fallback !== undefined) {
    if (depth < MAX_DEFAULTS) return expandText(fallback, environment, report, depth + 1).text;
    report('error', `expected at most ${MAX_DEFAULTS} defaults within each other, got more in "\${${name}:-…}"`);
    return '';
  }
  report('warning', `environment variable ${name} is not set, its value is empty`);
  return '';
}
