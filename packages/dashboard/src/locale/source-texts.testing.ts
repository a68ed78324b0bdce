import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** What the source of the page contains of texts. */
export interface SourceTexts {
  /** The keys that catalogs must have, and the files that use them. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** The keys that are counted texts, which have plural forms. */
  readonly counted: ReadonlySet<string>;
  /** Places with a text that is not translated. */
  readonly literals: readonly string[];
  /** Places whose text cannot be found in the source, because it is put together. */
  readonly computed: readonly string[];
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;

const SOURCE = join(import.meta.dirname, '..');
/** Attributes of elements and components that contain text for people. */
const TEXT_ATTRIBUTES = /^(?:aria-label|aria-valuetext|title|label|placeholder|note|why|what|alt|hint|words|empty)$/;
/** Properties of objects that contain text for people. */
const TEXT_PROPERTIES = /^(?:does|hint|openHint|label|title|note|aside|placeholder|why)$/;
/** Elements with text that a machine reads or wrote. */
const CODE_ELEMENTS = /^(?:code|kbd|pre)$/;
/** Names that are the same in every language, and units. */
const SAME =
  /^(?:otelier|UTC|OpenTelemetry|OTLP|SQL|PromQL|LogQL|TraceQL|JSON|CSV|NDJSON|Grafana|GitHub|Prometheus|Esc|Enter|Ctrl|Space|Shift|Tab|CPU|RED|CORS|HTTP|gRPC|WebSocket|UDP|TCP|p50|p95|p99|s|ms|µs|ns|min|h|d|B|kB|MB|GB|sum|rate|avg|max|count)$/;

/** Parses the source below `packages/dashboard/src` and returns its texts. */
export function sourceTexts(): SourceTexts {
  const keys = new Map<string, string[]>();
  const counted = new Set<string>();
  const literals: string[] = [];
  const computed: string[] = [];
  for (const file of globSync('**/*.{ts,tsx}', { cwd: SOURCE }).sort()) {
    if (/\.(?:test|testing)\.ts$|\.d\.ts$|^locale[\\/]/.test(file)) continue;
    const text = readFileSync(join(SOURCE, file), 'utf8');
    const place = (node: Node, what: string): string =>
      `${file}:${text.slice(0, node.start).split('\n').length} ${what}`;
    new Reader({
      key: (key) => keys.set(key, [...(keys.get(key) ?? []), file]),
      counted: (key) => counted.add(key),
      literal: (node, value) => literals.push(place(node, JSON.stringify(value))),
      computed: (node) => computed.push(place(node, 'is put together')),
    }).visit(parseAst(text, { lang: 'tsx' }) as unknown as Node);
  }
  return { keys, counted, literals, computed };
}

interface Found {
  readonly key: (key: string) => void;
  readonly counted: (key: string) => void;
  readonly literal: (node: Node, value: string) => void;
  readonly computed: (node: Node) => void;
}

class Reader {
  readonly #found: Found;

  constructor(found: Found) {
    this.#found = found;
  }

  visit(node: Node): void {
    switch (node.type) {
      case 'CallExpression':
        if (this.#call(node)) return;
        break;
      case 'JSXText':
        this.#check(node, String(node['value']));
        return;
      case 'JSXElement':
        if (CODE_ELEMENTS.test(nameOf((node['openingElement'] as Node)['name'] as Node))) return;
        for (const child of node['children'] as readonly Node[])
          if (child.type === 'JSXExpressionContainer') this.#checkExpression(child['expression'] as Node);
        break;
      case 'JSXAttribute':
        if (TEXT_ATTRIBUTES.test(nameOf(node['name'] as Node)) && node['value'] !== null)
          this.#checkExpression(node['value'] as Node);
        break;
      case 'Property':
        if (TEXT_PROPERTIES.test(nameOf(node['key'] as Node))) this.#checkExpression(node['value'] as Node);
        break;
    }
    for (const child of childrenOf(node)) this.visit(child);
  }

  /** Reads a call of a function that translates. Returns `false` for other calls. */
  #call(node: Node): boolean {
    const callee = nameOf(node['callee'] as Node);
    const [first, second, third] = node['arguments'] as readonly Node[];
    if (callee === 'useKeys' && first !== undefined) this.#checkExpression(first);
    if (callee === 'plural' && second !== undefined) this.#plural(node, second, third);
    if (!/^(?:t|msg|rich)$/.test(callee) || first === undefined) return false;
    this.#keys(first);
    for (const other of (node['arguments'] as readonly Node[]).slice(1)) this.visit(other);
    return true;
  }

  #plural(node: Node, one: Node, many: Node | undefined): void {
    const noun = many?.['value'] ?? `${String(one['value'])}s`;
    if (one.type !== 'Literal' || typeof noun !== 'string') this.#found.computed(node);
    else {
      this.#found.key(`{count} ${noun}`);
      this.#found.counted(`{count} ${noun}`);
    }
  }

  /** Reads the first argument of `t`. Variables are constants that were passed to `msg`. */
  #keys(node: Node): void {
    if (node.type === 'Literal') this.#found.key(String(node['value']));
    else if (node.type === 'TemplateLiteral') this.#found.computed(node);
    else if (node.type === 'ConditionalExpression') {
      this.#keys(node['consequent'] as Node);
      this.#keys(node['alternate'] as Node);
    } else if (node.type === 'LogicalExpression') {
      this.#keys(node['left'] as Node);
      this.#keys(node['right'] as Node);
    } else this.visit(node);
  }

  #checkExpression(node: Node): void {
    switch (node.type) {
      case 'Literal':
        if (typeof node['value'] === 'string') this.#check(node, node['value']);
        return;
      case 'TemplateLiteral':
        for (const part of node['quasis'] as readonly Node[])
          this.#check(node, (part['value'] as { readonly cooked: string }).cooked);
        return;
      case 'ConditionalExpression':
        this.#checkExpression(node['consequent'] as Node);
        this.#checkExpression(node['alternate'] as Node);
        return;
      case 'LogicalExpression':
        if (node['operator'] !== '&&') this.#checkExpression(node['left'] as Node);
        this.#checkExpression(node['right'] as Node);
        return;
      case 'ArrayExpression':
        for (const element of node['elements'] as readonly (Node | null)[])
          if (element !== null) this.#checkExpression(element);
        return;
      case 'CallExpression': {
        // A list that is joined.
        const { object, property } = node['callee'] as Node & { readonly object?: Node; readonly property?: Node };
        if (object !== undefined && property !== undefined && /^(?:join|filter)$/.test(nameOf(property)))
          this.#checkExpression(object);
        return;
      }
      case 'JSXExpressionContainer':
        this.#checkExpression(node['expression'] as Node);
        return;
    }
  }

  #check(node: Node, text: string): void {
    const words = text
      .split(/[\s,;:…/]+/)
      .filter((word) => /\p{L}{2}/u.test(word) && !/[._${}=~]/.test(word.replace(/\.$/, '')) && !SAME.test(word));
    if (words.length > 0) this.#found.literal(node, text.trim());
  }
}

/** Returns the name of an identifier, or the value of a literal key. */
function nameOf(node: Node): string {
  return String(node['name'] ?? node['value'] ?? '');
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value);
}
