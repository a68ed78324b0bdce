import type { PipelineGraph } from '@otelier/query';
import type { CallFrame } from './stacks.ts';

/** What a stack belongs to: components of a type, or shared code. */
export interface Owner {
  readonly key: string;
  /** Names of the components; none for shared code. */
  readonly components: readonly string[];
}

/** The directory of a component: `…/collector/src/processors/batch/processor.ts`, or `otelier/dist` when installed. */
const COMPONENT =
  /\/(?:collector|otelier)\/(?:src|dist)\/(receivers|processors|exporters|connectors|extensions)\/([\w-]+)/;

/** Shared code by the path of its files. The innermost frame that matches counts. */
const SHARED: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\/(?:collector|otelier)\/(?:src|dist)\/profiling\//, 'profiler'],
  [/\/(?:collector|otelier)\/(?:src|dist)\/functions\//, 'typed functions'],
  [/\/(?:collector|otelier)\/(?:src|dist)\/component\/sending\//, 'exporters (queues and connections)'],
  [/\/(?:collector|otelier)\/(?:src|dist)\/graph\//, 'edges between components'],
  [/\/(?:collector|otelier)\/(?:src|dist)\/workers\//, 'exchange between threads'],
  [
    /\/(?:collector|otelier)\/(?:src|dist)\/component\/(?:ingest-handler|server-receiver|normalize-worker)/,
    'receivers (connections and decoding)',
  ],
  [/\/(?:collector|otelier)\/(?:src|dist)\//, 'service'],
  [/\/transport\/(?:src|dist)\/client\//, 'exporters (queues and connections)'],
  [/\/transport\/(?:src|dist)\//, 'receivers (connections and decoding)'],
  [/\/store\/(?:src|dist)\//, 'store'],
  [/\/query\/(?:src|dist)\//, 'API and page'],
  [/\/journal\/(?:src|dist)\//, 'journal'],
  [/\/otlp\/(?:src|dist)\//, 'encoding'],
  [/\/node_modules\//, 'libraries'],
];

const ENGINE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'native code',
};

/** Creates a function that returns what a stack belongs to. Shared code of the only receiver or exporter is its own. */
export function createClassifier({ nodes }: PipelineGraph): (stack: readonly CallFrame[]) => Owner {
  const byType = new Map<string, Set<string>>();
  const add = (key: string, name: string) => byType.set(key, (byType.get(key) ?? new Set()).add(name));
  for (const { kind, type, component, queue } of nodes) {
    add(`${kind}s/${type}`, `${kind}s/${component}`);
    if (kind === 'receiver') add('receivers (connections and decoding)', `receivers/${component}`);
    if (kind === 'exporter' && queue !== undefined) add('exporters (queues and connections)', `exporters/${component}`);
  }
  const owners = new Map<string, Owner>();
  for (const [key, names] of byType) {
    const isShared = key.includes(' ');
    if (!isShared || names.size === 1) owners.set(key, { key, components: [...names].toSorted() });
  }
  const urls = new Map<string, string | undefined>();
  const componentOf = (url: string): string | undefined => {
    if (!urls.has(url)) {
      const [, section, type] = COMPONENT.exec(url) ?? [];
      const key = `${section}/${type}`;
      urls.set(url, byType.has(key) || section === 'extensions' ? key : undefined);
    }
    return urls.get(url);
  };
  const ownerOf = (key: string): Owner => {
    const owner = owners.get(key) ?? { key, components: key.startsWith('extensions/') ? [key] : [] };
    owners.set(key, owner);
    return owner;
  };
  return (stack) => {
    for (const { url } of stack) {
      const key = componentOf(url);
      if (key !== undefined) return ownerOf(key);
    }
    return ownerOf(sharedName(stack));
  };
}

function sharedName(stack: readonly CallFrame[]): string {
  for (const { url } of stack) {
    const shared = url === '' ? undefined : SHARED.find(([pattern]) => pattern.test(url));
    if (shared !== undefined) return shared[1];
  }
  const [innermost] = stack;
  const engine = ENGINE[innermost?.functionName ?? ''];
  if (engine !== undefined) return engine;
  return stack.some(({ url }) => url.startsWith('file:')) ? 'other modules' : 'Node.js runtime';
}
