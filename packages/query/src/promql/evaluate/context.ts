import type { Annotations } from '../annotations.ts';
import { PromqlExecutionError } from '../errors.ts';
import type { Labels } from '../labels/labels.ts';
import type { Expr, VectorSelector } from '../parse/ast.ts';
import type { SampleSeries } from '../source.ts';
import type { StepSeries } from './series.ts';

/** The times at which an expression is evaluated, in milliseconds. */
export interface Grid {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** Returns the grid from a start to an end, both included. */
export function gridOf(start: number, end: number, step: number): Grid {
  return { start, step, count: end < start ? 0 : Math.floor((end - start) / step) + 1 };
}

/** Settings that change results, with the meaning of Prometheus' flags. */
export interface EvaluationOptions {
  /** How long a sample is valid, in milliseconds. */
  readonly lookbackMillis: number;
  /** The resolution of subqueries without one, in milliseconds. */
  readonly subqueryStepMillis: number;
  readonly maxSamples: number;
  /** Whether metric names are dropped only from the result (`promql-delayed-name-removal`). */
  readonly delayedNameRemoval: boolean;
  /** Whether rates use start times (`use-start-timestamps`). */
  readonly useStartTimes: boolean;
}

/** Lets long evaluations stop, and other work of the thread run in between. */
export interface Control {
  /** Called often. Throws a `PromqlExecutionError` if the query must stop. Returns a promise if it must pause. */
  check(): Promise<void> | undefined;
}

/** The series that `info` can join, which are selected before the evaluation. */
export type InfoSeries = ReadonlyMap<Expr, readonly SampleSeries[]>;

/** The state of an evaluation that its parts share. */
export interface Shared {
  readonly options: EvaluationOptions;
  readonly annotations: Annotations;
  readonly selected: ReadonlyMap<VectorSelector, readonly SampleSeries[]>;
  readonly infoSeries: InfoSeries;
  readonly control: Control;
  samples: number;
}

/** The context in which an expression is evaluated: a grid and the state of the query. */
export class Context {
  readonly grid: Grid;
  readonly shared: Shared;

  constructor(grid: Grid, shared: Shared) {
    this.grid = grid;
    this.shared = shared;
  }

  /** Returns the context on another grid. Throws a `PromqlExecutionError` if that is too large for a single series. */
  on(grid: Grid): Context {
    if (grid.count > this.options.maxSamples) throw tooManySamples();
    return new Context(grid, this.shared);
  }

  get options(): EvaluationOptions {
    return this.shared.options;
  }

  get annotations(): Annotations {
    return this.shared.annotations;
  }

  time(step: number): number {
    return this.grid.start + step * this.grid.step;
  }

  /** Whether this is an instant query, whose result keeps its order. */
  get isInstant(): boolean {
    return this.grid.count === 1;
  }

  /** Counts samples in memory. Throws a `PromqlExecutionError` if there are too many. */
  count(samples: number): void {
    this.shared.samples += samples;
    if (this.shared.samples <= this.options.maxSamples) return;
    throw tooManySamples();
  }

  /** Marks that a series loses its metric name, at once or at the end of the evaluation. */
  dropName<T extends { readonly labels: Labels }>(series: T): T & { readonly dropName: true } {
    const labels = this.options.delayedNameRemoval ? series.labels : series.labels.withoutMetadata;
    return { ...series, labels, dropName: true };
  }
}

function tooManySamples(): PromqlExecutionError {
  return new PromqlExecutionError(
    'query processing would load too many samples into memory in query execution; ask for a shorter range or fewer series',
  );
}

/** The value of an expression on every step of a grid. */
export type Value =
  | { readonly kind: 'scalar'; readonly values: Float64Array }
  | { readonly kind: 'vector'; readonly series: readonly StepSeries[] }
  | { readonly kind: 'string'; readonly value: string };
