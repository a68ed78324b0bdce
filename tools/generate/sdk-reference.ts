import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { ClassDeclaration, Node } from 'typescript/unstable/ast';
import {
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isGetAccessorDeclaration,
  isInterfaceDeclaration,
  isMethodDeclaration,
} from 'typescript/unstable/ast/is';
import { API, type Checker, type Symbol as Named, type Project, SymbolFlags } from 'typescript/unstable/sync';

/** Renders the reference of all `@otelier/sdk` exports from their doc comments. */
export function sdkReference(root: string): string {
  const config = resolve(root, 'tools/generate/sdk-reference.tsconfig.json');
  const api = new API({ cwd: root });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`${config}: the compiler does not open it`);
    const source = resolve(root, 'packages/sdk/src');
    return pageOf(readExports(project, source));
  } finally {
    api.close();
  }
}

/** A name that programs can import. */
interface Exported {
  readonly name: string;
  /** The section of the page. */
  readonly section: string;
  readonly kind: 'function' | 'class' | 'type';
  /** The runtimes that have the export, if not all of them do. */
  readonly where: string;
  readonly doc: string;
  /** The declaration, if it is clearer than a table. */
  readonly code: string | undefined;
  readonly members: readonly Member[];
}

/** A field or method. */
interface Member {
  readonly code: string;
  readonly doc: string;
}

function readExports(project: Project, source: string): readonly Exported[] {
  const { checker } = project;
  const exportsOf = (entryPoint: string): readonly Named[] => {
    const file = project.program.getSourceFile(resolve(source, entryPoint));
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entryPoint}: the compiler found no module`);
    return checker.getExportsOfModule(module);
  };
  const inNode = exportsOf('node.ts');
  const inBrowsers = exportsOf('browser.ts');
  const has = (list: readonly Named[], name: string): boolean => list.some((symbol) => symbol.name === name);
  const inMain = [...inNode, ...inBrowsers.filter(({ name }) => !has(inNode, name))];
  const entryPoints = new Map(instrumentationFiles(source).map(([name, file]) => [name, exportsOf(file)] as const));
  const own = [...entryPoints.values()].flat().filter(({ name }) => !has(inMain, name));
  const ofInstrumentations = new Map(own.map((symbol) => [symbol.name, symbol]));
  const from = (name: string) =>
    [...entryPoints].filter(([, list]) => has(list, name)).map(([entryPoint]) => `\`@otelier/sdk/${entryPoint}\``);
  return [...inMain, ...ofInstrumentations.values()].map((symbol) => {
    const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const node = target.declarations[0]?.resolve();
    if (node === undefined) throw new Error(`${symbol.name}: the compiler knows no declaration`);
    return {
      name: symbol.name,
      section: sectionOf(symbol.name, node, relative(source, node.getSourceFile().fileName)),
      kind: isFunctionDeclaration(node) ? 'function' : isClassDeclaration(node) ? 'class' : 'type',
      where: has(inBrowsers, symbol.name)
        ? has(inNode, symbol.name)
          ? ''
          : ' Only in browsers.'
        : has(inNode, symbol.name)
          ? ' Not in browsers.'
          : ` From ${from(symbol.name).join(', ')}.`,
      doc: checker.getDocumentationCommentOfSymbol(target),
      ...partsOf(checker, target, node),
    };
  });
}

function partsOf(checker: Checker, symbol: Named, node: Node): Pick<Exported, 'code' | 'members'> {
  const members = isInterfaceDeclaration(node) || isClassDeclaration(node) ? membersOf(checker, symbol, node) : [];
  if (isClassDeclaration(node)) return { code: constructorOf(symbol.name, node), members };
  if (isFunctionDeclaration(node)) return { code: headOf(node), members };
  return { code: members.length > 0 ? undefined : node.getText().replace(/^export /, ''), members };
}

/** Returns own members in source order, then inherited ones. The compiler's order is not specified. */
function membersOf(checker: Checker, symbol: Named, owner: Node): readonly Member[] {
  const found = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).flatMap((member) => {
    const node = member.declarations[0]?.resolve();
    if (node === undefined || member.name.startsWith('__')) return [];
    return [{ node, code: headOf(node), doc: checker.getDocumentationCommentOfSymbol(member) }];
  });
  const rank = ({ node }: { readonly node: Node }): string =>
    `${Number(node.parent !== owner)} ${node.getSourceFile().fileName} ${String(node.pos).padStart(9)}`;
  return found.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** Returns `new Name(…)`, or `undefined` if the class declares no constructor. */
function constructorOf(name: string, node: ClassDeclaration): string | undefined {
  const found = node.members.find(isConstructorDeclaration);
  return found && headOf(found).replace(/^constructor/, `new ${name}`);
}

/** Returns a declaration without its body, on one line. */
function headOf(node: Node): string {
  const body =
    isMethodDeclaration(node) ||
    isFunctionDeclaration(node) ||
    isGetAccessorDeclaration(node) ||
    isConstructorDeclaration(node)
      ? node.body
      : undefined;
  const text = node.getText();
  const head = body === undefined ? text : text.slice(0, body.getStart() - node.getStart());
  return head
    .replace(/^export /, '')
    .replace(/\/\*\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/^get (\w+)\(\)/, 'readonly $1')
    .replace(/,? \)/g, ')')
    .replace(/\( /g, '(')
    .replace(/[; ]+$/, '');
}

/** Returns the section for a directory. Exports declared in the entry points are listed where users expect them. */
function sectionOf(name: string, node: Node, file: string): string {
  if (name.endsWith('Error')) return 'errors';
  const directory = file.includes('/') ? file.slice(0, file.indexOf('/')) : undefined;
  if (directory === undefined && /^(node|browser)\.ts$/.test(file)) {
    return isClassDeclaration(node) ? 'exporters' : 'client';
  }
  return directory === undefined || directory === 'attributes' ? 'shared' : directory;
}

/** Returns the names and files of the package's entry points for instrumentations and pages. */
function instrumentationFiles(source: string): readonly (readonly [string, string])[] {
  const { exports } = JSON.parse(readFileSync(resolve(source, '../package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, unknown>>;
  };
  return Object.entries(exports).flatMap(([name, file]) =>
    typeof file === 'string' && /^\.\/src\/(instrumentation|page)\//.test(file)
      ? [[name.slice('./'.length), file.slice('./src/'.length)] as const]
      : [],
  );
}

/** Section headings, in order. New directories come before the last section. */
const TITLES: Readonly<Record<string, string>> = {
  client: 'Clients and their options',
  delivery: 'Delivery',
  errors: 'Errors',
  buffer: 'Buffers',
  items: 'Spans, metrics and logs without an SDK',
  trace: 'Traces',
  metrics: 'Metrics',
  logs: 'Logs',
  exporters: 'Exporters for opentelemetry-js',
  instrumentation: 'Instrumentations',
  page: 'Pages',
};
const LAST = 'shared';

function pageOf(exported: readonly Exported[]): string {
  const sections = Map.groupBy(exported, ({ section }) => section);
  const others = [...sections.keys()].filter((section) => TITLES[section] === undefined && section !== LAST).toSorted();
  const order = [...Object.keys(TITLES), ...others, LAST].filter((section) => sections.has(section));
  const titleOf = (section: string): string => TITLES[section] ?? `${section[0]?.toUpperCase()}${section.slice(1)}`;
  const names = new Set(exported.map(({ name }) => name));
  const parts = order.map((section) => {
    const entries = (sections.get(section) ?? []).toSorted(byKindAndName).map((entry) => entryOf(entry, names));
    return [`## ${titleOf(section)}`, ...entries].join('\n\n');
  });
  return `<!-- Written by \`npm run generate\`. -->
# Client library

Everything that \`@otelier/sdk\` exports. [Quick start](../guide/sdk.md), [configuration](../guide/sdk-configuration.md),
[instrumentations](../guide/sdk-instrumentation.md), [errors](../guide/sdk-errors.md).

${order.map((section) => `- [${titleOf(section)}](#${anchorOf(titleOf(section))})`).join('\n')}

${parts.join('\n\n')}
`;
}

/** Orders functions first, then classes, then types. */
function byKindAndName(a: Exported, b: Exported): number {
  return rankOf(a) - rankOf(b) || (a.name < b.name ? -1 : 1);
}

function rankOf({ kind }: Exported): number {
  return ['function', 'class', 'type'].indexOf(kind);
}

function entryOf({ name, where, doc, code, members }: Exported, names: ReadonlySet<string>): string {
  const written = [code ?? '', ...members.map((member) => member.code)].join(' ');
  const used = [...new Set(written.match(/\b[A-Z]\w+/g))].filter((other) => other !== name && names.has(other));
  return [
    `### ${name}`,
    `${doc.trim()}${where}`,
    ...(code === undefined ? [] : [`\`\`\`ts\n${code}\n\`\`\``]),
    ...(members.length === 0 ? [] : [tableOf(members)]),
    ...(used.length === 0 ? [] : [`See ${used.map((other) => `[${other}](#${anchorOf(other)})`).join(', ')}.`]),
  ].join('\n\n');
}

function tableOf(members: readonly Member[]): string {
  const rows = members.map(({ code, doc }) => `| \`${cell(code.replace(/^readonly /, ''))}\` | ${cell(doc)} |`);
  return ['| member | meaning |', '|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
