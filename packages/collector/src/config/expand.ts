import type { Diagnostic } from './config-error.ts';
import { readReferencedFile } from './referenced-file.ts';
import { type MapTree, moveTree, type ScalarTree, type Tree } from './tree.ts';
import { parseYaml } from './yaml/parse.ts';

/** The environment variables that references expand to. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Expands references: `${env:NAME}`, `${env:NAME:-default}`, `${NAME}`, `${file:PATH}`, `${yaml:TEXT}`; `$$` is a
 * literal dollar sign. A mapping or list from a file or from `yaml:` can itself contain references.
 *
 * A value that consists of a single reference is parsed as YAML (`${env:PORT}` is a number); a reference within a
 * longer string is inserted as a string. An unset variable without a default expands to an empty value, with a warning.
 */
export function expandTree(tree: Tree, environment: Environment, depth = 0): { tree: Tree; errors: Diagnostic[] } {
  const errors: Diagnostic[] = [];
  const expand = (part: Tree): Tree => {
    if (part.kind === 'list') return { ...part, items: part.items.map(expand) };
    if (part.kind === 'map') return expandMap(part, expand);
    return typeof part.value === 'string' && part.value.includes('$')
      ? expandScalar(part, environment, errors, depth)
      : part;
  };
  return { tree: expand(tree), errors };
}

function expandMap(tree: MapTree, expand: (part: Tree) => Tree): MapTree {
  return { ...tree, entries: new Map([...tree.entries].map(([key, value]) => [key, expand(value)])) };
}

function expandScalar(scalar: ScalarTree, environment: Environment, errors: Diagnostic[], depth: number): Tree {
  const template = String(scalar.value);
  const error = (severity: Diagnostic['severity'], message: string) => {
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
  const included = moveTree(tree, scalar.at, template);
  if (!INCLUDE.test(template)) return included;
  if (depth >= MAX_DEFAULTS) {
    error('error', `expected at most ${MAX_DEFAULTS} files within each other, got more in "${template}"`);
    return included;
  }
  const nested = expandTree(included, environment, depth + 1);
  errors.push(...nested.errors);
  return nested.tree;
}

const INCLUDE = /^\$\{(?:file|yaml):/;

type Report = (severity: Diagnostic['severity'], message: string) => void;

/** Expands the references in a string. `whole` in the result reports whether the string is a single reference. */
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
      // `$NAME` without braces is not expanded, because regular expressions and passwords contain dollar signs.
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

/** Returns the index of each `${`'s closing brace, by the index of its opening brace. */
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

/** Maximum nesting of defaults. Each level scans the remaining template again. */
const MAX_DEFAULTS = 20;

function resolveReference(reference: string, environment: Environment, report: Report, depth: number): string {
  const [, include, source = ''] = /^(file|yaml):([\s\S]*)$/.exec(reference) ?? [];
  if (include === 'yaml') return source;
  if (include === 'file') return readIncluded(source, report);
  const match = /^(?:(\w+):(?!-))?([^:]*)(?::-([\s\S]*))?$/.exec(reference);
  const [, scheme = 'env', name = '', fallback] = match ?? [];
  if (match === null || scheme !== 'env') {
    report(
      'error',
      `expected \${env:NAME}, \${env:NAME:-default}, \${file:PATH} or \${yaml:TEXT}, got "\${${reference}}"`,
    );
    return '';
  }
  if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) {
    report('error', `expected the name of an environment variable, got "\${${reference}}"`);
    return '';
  }
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  // As in the Collector, the default applies only to unset variables, not to empty ones.
  if (value !== undefined) return value;
  if (fallback !== undefined) {
    if (depth < MAX_DEFAULTS) return expandText(fallback, environment, report, depth + 1).text;
    report('error', `expected at most ${MAX_DEFAULTS} defaults within each other, got more in "\${${name}:-…}"`);
    return '';
  }
  report('warning', `environment variable ${name} is not set, its value is empty`);
  return '';
}

/** Reads a file without its trailing newline, which editors add but which is not part of a password. */
function readIncluded(path: string, report: Report): string {
  const file = readReferencedFile(path);
  if ('text' in file) return file.text.replace(/\r?\n$/, '');
  report('error', `\${file:${path}}: ${file.failure}`);
  return '';
}
