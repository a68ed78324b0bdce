import {
  type Batch,
  type BatchContext,
  countItems,
  type ItemCursor,
  type Partition,
  partitionItems,
  partitionResources,
  rewriteItems,
  type Signal,
} from '@otelier/otlp';
import type { ComponentContext } from '../../component/contract.ts';
import { evaluationContext } from '../../ottl/evaluation-context.ts';
import { Subject } from '../../ottl/record/subject.ts';
import type { ErrorHandler } from '../../ottl/sequence.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { transformHooks } from '../../processors/transform/hooks.ts';
import type { Route, RouteTest } from './table.ts';

/** Items from one part of a batch that share the same destination. */
export type Piece = Partition;

/** Receives a piece and the index of its route; `undefined` if no route moved it. */
export type TakePiece = (piece: Piece, route: number | undefined) => void;

type StatementTest = Extract<RouteTest, { kind: 'statement' }>;
type Unit = 'resource' | 'metric' | 'item';

/** A step of the routing table: consecutive routes that can be evaluated in a single walk. */
type Step =
  | { readonly kind: 'request'; readonly index: number; readonly route: Route }
  | {
      readonly kind: 'walk';
      readonly unit: Unit;
      readonly routes: readonly { readonly index: number; readonly test: StatementTest }[];
      readonly isCopy: boolean;
    }
  | { readonly kind: 'change'; readonly index: number; readonly test: StatementTest; readonly isCopy: boolean };

/** Splits encoded batches according to a routing table. Data with a single destination is not copied. */
export class RouteSplitter {
  readonly #steps: readonly Step[];
  readonly #subject: Subject;
  readonly #environment: ReturnType<typeof evaluationContext>;
  readonly #handle: ErrorHandler;

  constructor(routes: readonly Route[], context: ComponentContext, handle: ErrorHandler) {
    this.#steps = stepsOf(routes);
    this.#environment = evaluationContext(context);
    this.#subject = new Subject(this.#environment);
    this.#handle = handle;
  }

  split(batch: Batch, take: TakePiece): void {
    const [, ...others] = batch.parts;
    for (const bytes of batch.parts) {
      const itemCount = others.length === 0 ? batch.itemCount : countItems(batch.signal, bytes);
      this.#splitPart(batch, { bytes, itemCount }, take);
    }
  }

  #splitPart({ signal, context }: Batch, part: Piece, take: TakePiece): void {
    let rest: Piece | undefined = part;
    for (const step of this.#steps) {
      if (rest === undefined) return;
      rest = this.#step(step, signal, context, rest, take);
    }
    if (rest !== undefined) take(rest, undefined);
  }

  /** Returns the items that remain for subsequent routes. */
  #step(step: Step, signal: Signal, context: BatchContext, piece: Piece, take: TakePiece): Piece | undefined {
    switch (step.kind) {
      case 'request': {
        const { test, action } = step.route;
        if (test.kind !== 'request' || !test.matches(context)) return piece;
        take(piece, step.index);
        return action === 'copy' ? piece : undefined;
      }
      case 'walk': {
        const buckets = this.#walk(step.unit, step.routes, signal, context, piece);
        const last = step.routes.length;
        for (const [index, bucket] of buckets.entries()) {
          const route = step.routes[index];
          if (route !== undefined && bucket !== undefined) take(bucket, route.index);
        }
        return step.isCopy ? piece : buckets[last];
      }
      case 'change': {
        const { changed, matched, rest } = this.#change(step.test, signal, context, piece);
        if (matched !== undefined) take(matched, step.index);
        return step.isCopy ? changed : rest;
      }
    }
  }

  /** Splits a piece into one bucket per route and one for unmatched items. Each item goes to the first route that matches. */
  #walk(
    unit: Unit,
    routes: readonly { readonly test: StatementTest }[],
    signal: Signal,
    context: BatchContext,
    { bytes, itemCount }: Piece,
  ): readonly (Piece | undefined)[] {
    const subject = this.#subject;
    subject.restart();
    subject.batch = context;
    const count = routes.length + 1;
    const bucketOf = () => {
      for (let i = 0; i < routes.length; i++) if (this.#matches((routes[i] as { test: StatementTest }).test)) return i;
      return routes.length;
    };
    if (unit === 'resource')
      return partitionResources(signal, bytes, itemCount, count, (cursor) => {
        subject.moveToGroup(cursor);
        return bucketOf();
      });
    if (unit === 'item')
      return partitionItems(signal, bytes, count, (cursor) => {
        subject.moveToItem(cursor);
        return bucketOf();
      });
    let metricStart = -1;
    let bucket = 0;
    return partitionItems(signal, bytes, count, (cursor) => {
      if (cursor.metricStart === metricStart) return bucket;
      metricStart = cursor.metricStart;
      subject.moveToGroup(cursor);
      bucket = bucketOf();
      return bucket;
    });
  }

  #matches({ run, text }: StatementTest): boolean {
    const subject = this.#subject;
    if (subject.cache.size > 0) subject.cache = new Map();
    try {
      return run(subject);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#handle(text, error);
      return false;
    }
  }

  /** Runs a statement that modifies telemetry. Subsequent routes see the changes, even to a copied item. */
  #change(
    { context: name, run, text }: StatementTest,
    signal: Signal,
    context: BatchContext,
    piece: Piece,
  ): { changed: Piece; matched: Piece | undefined; rest: Piece | undefined } {
    const decisions: boolean[] = [];
    const evaluate = (subject: Subject) => {
      let isMatch = false;
      try {
        isMatch = run(subject);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        this.#handle(text, error);
      }
      decisions.push(isMatch);
    };
    const hooks = transformHooks(name === 'otelcol' ? 'resource' : name, evaluate, this.#environment);
    const bytes = rewriteItems(signal, piece.bytes, hooks, context).bytes ?? piece.bytes;
    const changed = { bytes, itemCount: piece.itemCount };
    const keep = (isMatch: boolean) => keepUnits(signal, changed, unitOf(name), decisions, isMatch);
    return { changed, matched: keep(true), rest: keep(false) };
  }
}

/** Keeps only the units with the given decision. All units must be of one kind, in walk order. */
function keepUnits(
  signal: Signal,
  { bytes }: Piece,
  unit: Unit,
  decisions: readonly boolean[],
  decision: boolean,
): Piece | undefined {
  let index = 0;
  const hook = (_cursor: ItemCursor) => (decisions[index++] === decision ? 'keep' : 'drop');
  const result = rewriteItems(signal, bytes, { [unit]: hook });
  return result.bytes === undefined || result.kept === 0 ? undefined : { bytes: result.bytes, itemCount: result.kept };
}

function unitOf(context: StatementTest['context']): Unit {
  if (context === 'resource' || context === 'otelcol') return 'resource';
  return context === 'metric' ? 'metric' : 'item';
}

/** Groups consecutive routes that move the same kind of unit without modifying it. */
function stepsOf(routes: readonly Route[]): Step[] {
  const steps: Step[] = [];
  for (const [index, route] of routes.entries()) {
    const { test, action } = route;
    const isCopy = action === 'copy';
    if (test.kind === 'request') {
      steps.push({ kind: 'request', index, route });
      continue;
    }
    if (test.changes) {
      steps.push({ kind: 'change', index, test, isCopy });
      continue;
    }
    const unit = unitOf(test.context);
    const last = steps.at(-1);
    if (last?.kind === 'walk' && last.unit === unit && !last.isCopy && !isCopy)
      steps[steps.length - 1] = { ...last, routes: [...last.routes, { index, test }] };
    else steps.push({ kind: 'walk', unit, routes: [{ index, test }], isCopy });
  }
  return steps;
}
