import { errorMessage } from '../component/error-message.ts';
import type { Emit, Operator, OperatorContext } from './definition/operator.ts';
import { type OperatorIssue, readOperatorConfig } from './definition/read-config.ts';
import type { Entry } from './entry/entry.ts';
import { OPERATORS, operatorOf } from './registry.ts';

/** The operators of a receiver as its configuration has them. */
export type OperatorConfigs = readonly Readonly<Record<string, unknown>>[];

/** A pipeline of operators, or what is wrong with its configuration. */
export type CreatedPipeline =
  | { readonly pipeline: OperatorPipeline; readonly issues?: undefined }
  | { readonly issues: readonly OperatorIssue[] };

interface Node {
  readonly id: string;
  readonly operator: Operator;
  /** Positions of the next operators by route; the number of operators is the end. */
  outputs: readonly (readonly number[])[];
}

/** Creates the pipeline of a receiver. */
export function createPipeline(configs: OperatorConfigs, context: OperatorContext): CreatedPipeline {
  const issues: OperatorIssue[] = [];
  const ids = idsOf(configs);
  const nodes: Node[] = [];
  for (const [index, raw] of configs.entries()) {
    const report = (message: string, ...path: string[]) => issues.push({ path: [index, ...path], message });
    const definition = operatorOf(String(raw['type']));
    if (definition === undefined) {
      const types = OPERATORS.map(({ type }) => type).sort();
      report(`expected an operator (${types.join(', ')}), got "${raw['type'] ?? ''}"`, 'type');
      continue;
    }
    const read = readOperatorConfig(definition.config, raw);
    if (read.issues !== undefined) {
      issues.push(...read.issues.map(({ path, message }) => ({ path: [index, ...path], message })));
      continue;
    }
    const id = ids[index] ?? '';
    try {
      const operator = definition.create(read.config as never, id, context);
      nodes.push({ id, operator, outputs: outputsOf(operator, read.config, index, ids, report) });
    } catch (error) {
      report(errorMessage(error));
    }
  }
  if (issues.length === 0) issues.push(...cycles(nodes));
  return issues.length > 0 ? { issues } : { pipeline: new OperatorPipeline(nodes) };
}

/** Returns the IDs of operators: the type with a number if it occurs several times. */
function idsOf(configs: OperatorConfigs): string[] {
  const used = new Set(configs.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])));
  return configs.map(({ id, type }) => {
    if (typeof id === 'string' && id !== '') return id;
    const base = String(type);
    let name = base;
    for (let number = 1; used.has(name); number++) name = `${base}${number}`;
    used.add(name);
    return name;
  });
}

function outputsOf(
  { routes }: Operator,
  config: unknown,
  index: number,
  ids: readonly string[],
  report: (message: string, ...path: string[]) => void,
): number[][] {
  const { output } = config as { readonly output?: readonly string[] };
  const named = routes ?? (output === undefined || output.length === 0 ? undefined : [output]);
  if (named === undefined) return [[index + 1]];
  return named.map((group) =>
    group.map((id) => {
      const found = ids.indexOf(id);
      if (found < 0)
        report(`expected the ID of an operator (${ids.join(', ')}), got "${id}"`, routes ? 'routes' : 'output');
      return found;
    }),
  );
}

function cycles(nodes: readonly Node[]): OperatorIssue[] {
  const state = new Map<number, 'open' | 'done'>();
  const isCyclic = (index: number): boolean => {
    if (state.get(index) === 'open') return true;
    if (state.get(index) === 'done' || index >= nodes.length) return false;
    state.set(index, 'open');
    const found = (nodes[index]?.outputs.flat() ?? []).some(isCyclic);
    state.set(index, 'done');
    return found;
  };
  for (let index = 0; index < nodes.length; index++) {
    state.clear();
    if (isCyclic(index))
      return [{ path: [index, 'output'], message: `expected no cycle, got one at "${nodes[index]?.id}"` }];
  }
  return [];
}

/** The connected operators of a receiver. Entries go through them one batch at a time. */
export class OperatorPipeline {
  readonly #nodes: readonly Node[];
  #results: Entry[] = [];

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes;
  }

  /** Returns what the operators make of entries. Some can be held until later calls. */
  process(entries: Entry[]): Entry[] {
    this.#run(0, entries);
    return this.#take();
  }

  /** Returns the entries that were held too long, or all that are held. */
  flush(which: 'due' | 'all'): Entry[] {
    for (const node of this.#nodes) node.operator.flush?.(which, this.#emitOf(node));
    return this.#take();
  }

  /** Calls `visit` with each entry that begins something that is held. */
  forEachHeld(visit: (entry: Entry) => void): void {
    for (const { operator } of this.#nodes) operator.forEachHeld?.(visit);
  }

  #run(index: number, entries: Entry[]): void {
    if (entries.length === 0) return;
    const node = this.#nodes[index];
    if (node === undefined) {
      for (const entry of entries) this.#results.push(entry);
      return;
    }
    node.operator.process(entries, this.#emitOf(node));
  }

  #emitOf({ outputs }: Node): Emit {
    return (entries, route = 0) => {
      const next = outputs[route] ?? [];
      for (const [position, index] of next.entries())
        this.#run(index, position < next.length - 1 ? entries.map((entry) => entry.copy()) : entries);
    };
  }

  #take(): Entry[] {
    const results = this.#results;
    this.#results = [];
    return results;
  }
}
