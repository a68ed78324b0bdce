import { rewriteItems, type Signal } from '@otelier/otlp';
import type { FunctionRequest, FunctionResult } from '../protocol.ts';
import type { FunctionOptions } from './function-options.ts';
import { type ItemFunctions, itemFunctionHooks, signalsOfFunctions } from './item-hooks.ts';
import { type DescribeFailure, Failures, type Runner } from './runner.ts';
import { describeReturned, UserFunction } from './user-function.ts';

/** The ID of a pipeline, such as `traces/slow`. */
export type PipelineId = Signal | `${Signal}/${string}`;

/** Where an item goes: a pipeline, several, or the default pipelines. */
export type Route = PipelineId | readonly PipelineId[] | undefined;

/** The options of `route`. */
export interface RouteOptions extends FunctionOptions {
  /** Pipelines for items for which the function returns `undefined` or fails. By default, they are dropped and counted as `unrouted`. */
  readonly default_pipelines?: readonly PipelineId[];
}

/** A function that chooses pipelines. Created by `route`. */
export class RouteFunction extends UserFunction {
  readonly use = 'route';
  readonly #functions: ItemFunctions<Route>;

  constructor(functions: ItemFunctions<Route>, options: RouteOptions) {
    super(signalsOfFunctions('route', functions), 'route', options);
    this.#functions = functions;
  }

  createRunner(describe: DescribeFailure): Runner {
    return new RouteRunner(this.#functions, describe);
  }
}

/** Routes each item to the pipelines whose IDs its function returns. A connector. */
export function route(functions: ItemFunctions<Route>, options: RouteOptions = {}): RouteFunction {
  return new RouteFunction(functions, options);
}

/** The targets of items without pipelines of their own: the default pipelines, and none. */
export const DEFAULT_TARGET = 0;
const DROPPED_TARGET = 1;

class RouteRunner implements Runner {
  readonly #functions: ItemFunctions<Route>;
  readonly #failures: Failures;

  constructor(functions: ItemFunctions<Route>, describe: DescribeFailure) {
    this.#functions = functions;
    this.#failures = new Failures(describe);
  }

  run(request: FunctionRequest): FunctionResult {
    return this.#failures.run(request, () => this.#decide(request));
  }

  #decide({ signal, parts, pipelines = [] }: FunctionRequest) {
    const decisions: number[] = [];
    const targets = new Targets(pipelines);
    const hooks = itemFunctionHooks(this.#functions, signal, (call) => {
      try {
        decisions.push(targets.indexOf(call()));
      } catch (error) {
        decisions.push(this.#failures.handle(error) === 'drop' ? DROPPED_TARGET : DEFAULT_TARGET);
      }
      return 'keep';
    });
    for (const part of parts) rewriteItems(signal, part, hooks);
    const itemCount = decisions.length;
    return { parts: undefined, itemCount, dropped: 0, decisions, targets: targets.list };
  }
}

/** The lists of pipelines that a function has returned for a batch, each with an index. */
class Targets {
  /** The default pipelines are known only to the component. */
  readonly list: (readonly string[])[] = [[], []];
  readonly #pipelines: ReadonlySet<string>;
  readonly #indexes = new Map<string, number>();

  constructor(pipelines: readonly string[]) {
    this.#pipelines = new Set(pipelines);
  }

  indexOf(route: unknown): number {
    if (route === undefined) return DEFAULT_TARGET;
    if (Array.isArray(route)) {
      if (route.length === 0) return DROPPED_TARGET;
      return this.#add(route.join('\n'), route);
    }
    return typeof route === 'string' ? (this.#indexes.get(route) ?? this.#add(route, [route])) : this.#invalid(route);
  }

  #add(key: string, pipelines: readonly unknown[]): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    const valid = pipelines.map((id) => (typeof id === 'string' && this.#pipelines.has(id) ? id : this.#invalid(id)));
    const index = this.list.push([...new Set(valid)]) - 1;
    this.#indexes.set(key, index);
    return index;
  }

  #invalid(got: unknown): never {
    const known = [...this.#pipelines].map((id) => `"${id}"`).join(', ');
    throw new TypeError(
      `expected a pipeline that has this connector as a receiver (${known === '' ? 'there is none' : known}), got ${typeof got === 'string' ? JSON.stringify(got) : describeReturned(got)}`,
    );
  }
}
