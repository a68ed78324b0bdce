import type { TraceOperation, TraceOutlineHead, TraceOutlineLine, TraceOutlineSpans } from '@otelier/query';

/** An event that is marked on a span's bar. */
export interface EventMark {
  /** Nanoseconds since the start of the span. */
  readonly offset: number;
  readonly isException: boolean;
}

/**
 * A trace's spans in columnar form, in start order. A position is an index into the columns. The columns grow as the
 * response arrives; `length` is the number of spans in this value.
 */
export interface TraceOutline extends Omit<TraceOutlineHead, 'kind'> {
  readonly length: number;
  readonly isComplete: boolean;
  readonly operations: readonly TraceOperation[];
  readonly spanIds: readonly string[];
  /** Empty for a span without a parent. */
  readonly parentSpanIds: readonly string[];
  /** Indexes into `operations`. */
  readonly operationIndexes: readonly number[];
  /** Nanoseconds since the start of the trace. */
  readonly offsets: readonly number[];
  readonly durations: readonly number[];
  readonly events: ReadonlyMap<number, readonly EventMark[]>;
  /** Position of the first span with each ID. */
  readonly positions: ReadonlyMap<string, number>;
}

/** Builds an outline from the lines of a response. */
export class OutlineBuilder {
  #head: TraceOutlineHead | undefined;
  readonly #operations: TraceOperation[] = [];
  readonly #spanIds: string[] = [];
  readonly #parentSpanIds: string[] = [];
  readonly #operationIndexes: number[] = [];
  readonly #offsets: number[] = [];
  readonly #durations: number[] = [];
  readonly #events = new Map<number, EventMark[]>();
  readonly #positions = new Map<string, number>();

  /** Number of spans that have arrived. */
  get length(): number {
    return this.#spanIds.length;
  }

  add(line: TraceOutlineLine): void {
    switch (line.kind) {
      case 'head':
        this.#head = line;
        return;
      case 'operations':
        for (const operation of line.operations) this.#operations.push(operation);
        return;
      case 'spans':
        this.#addSpans(line);
    }
  }

  /** Returns an outline of the spans that have arrived. */
  outline(isComplete: boolean): TraceOutline {
    const { startNanos = '0', durationNanos = 0, spanCount = 0, errorCount = 0 } = this.#head ?? {};
    return {
      ...{ startNanos, durationNanos, spanCount, errorCount, isComplete, length: this.length },
      operations: this.#operations,
      spanIds: this.#spanIds,
      parentSpanIds: this.#parentSpanIds,
      operationIndexes: this.#operationIndexes,
      offsets: this.#offsets,
      durations: this.#durations,
      events: this.#events,
      positions: this.#positions,
    };
  }

  #addSpans({ spanIds, parentSpanIds, operations, offsets, durations, events }: TraceOutlineSpans): void {
    const from = this.length;
    for (let index = 0; index < operations.length; index += 1) {
      const spanId = idAt(spanIds, index);
      if (!this.#positions.has(spanId)) this.#positions.set(spanId, from + index);
      this.#spanIds.push(spanId);
      this.#parentSpanIds.push(idAt(parentSpanIds, index));
      this.#operationIndexes.push(operations[index] ?? 0);
      this.#offsets.push(offsets[index] ?? 0);
      this.#durations.push(durations[index] ?? 0);
    }
    for (const [span, offset, exception] of events) {
      const marks = this.#events.get(from + span);
      const mark = { offset, isException: exception === 1 };
      if (marks === undefined) this.#events.set(from + span, [mark]);
      else marks.push(mark);
    }
  }
}

const ID_DIGITS = 16;
const NO_ID = '0'.repeat(ID_DIGITS);

function idAt(ids: string, index: number): string {
  const id = ids.slice(index * ID_DIGITS, (index + 1) * ID_DIGITS);
  return id === NO_ID ? '' : id;
}

/**
 * Reads an outline. Publishes a partial outline each time the number of spans has doubled, because each one rebuilds
 * the waterfall.
 */
export async function readOutline(
  lines: AsyncIterable<string>,
  publish: (outline: TraceOutline) => void,
): Promise<TraceOutline> {
  const builder = new OutlineBuilder();
  let published = 0;
  for await (const line of lines) {
    builder.add(JSON.parse(line) as TraceOutlineLine);
    if (builder.length === 0 || builder.length < published * 2) continue;
    published = builder.length;
    publish(builder.outline(false));
  }
  return builder.outline(true);
}
