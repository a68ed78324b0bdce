import type { SelectedSpan } from '@otelier/store';
import type { QuerySpan, SpanPosition, TraceFacts } from './span.ts';

/** Describes a trace. `spans` are all of its spans. */
export function traceFacts(spans: readonly SelectedSpan[]): TraceFacts {
  const [first] = spans;
  if (first === undefined) throw new Error('expected a trace with spans');
  const root = spans.find(({ parentSpanId }) => parentSpanId === '');
  const services = new Map<string, { spans: number; errors: number }>();
  let { start } = first;
  let end = start;
  for (const span of spans) {
    if (span.start < start) start = span.start;
    const spanEnd = span.start + span.durationNanos;
    if (spanEnd > end) end = spanEnd;
    const stats = services.get(span.service) ?? { spans: 0, errors: 0 };
    services.set(span.service, stats);
    stats.spans += 1;
    if (span.statusCode === 'ERROR') stats.errors += 1;
  }
  return {
    traceId: first.traceId,
    rootName: root?.name ?? '',
    rootServiceName: root?.service ?? '',
    start,
    durationNanos: end - start,
    services,
  };
}

/** Returns the spans of a whole trace, oldest first, with their positions. */
export function wholeTrace(spans: readonly SelectedSpan[]): readonly QuerySpan[] {
  const ordered = inOrder(spans);
  const trace = traceFacts(ordered);
  const positions = positionsOf(ordered);
  return ordered.map((span) => ({ span, trace, position: positions.get(span) }));
}

/** Returns spans of a trace, oldest first, without their positions. */
export function partOfTrace(spans: readonly SelectedSpan[]): readonly QuerySpan[] {
  return inOrder(spans).map((span) => ({ span, trace: undefined, position: undefined }));
}

function inOrder(spans: readonly SelectedSpan[]): readonly SelectedSpan[] {
  return spans.toSorted((a, b) => {
    if (a.start !== b.start) return a.start < b.start ? -1 : 1;
    return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
  });
}

/** Numbers the tree of spans. The walk is iterative, because a trace can be a chain of any length. */
function positionsOf(spans: readonly SelectedSpan[]): ReadonlyMap<SelectedSpan, SpanPosition> {
  const byId = new Map(spans.toReversed().map((span) => [span.spanId, span]));
  const children = new Map<SelectedSpan, SelectedSpan[]>();
  const roots: SelectedSpan[] = [];
  for (const span of spans) {
    const parent = span.parentSpanId === '' ? undefined : byId.get(span.parentSpanId);
    if (parent === undefined || parent === span) roots.push(span);
    else {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [span]);
      else siblings.push(span);
    }
  }
  const positions = new Map<SelectedSpan, SpanPosition>();
  let number = 1;
  for (const root of [...roots, ...spans]) {
    // Spans that are not below a root are parts of a cycle; each is numbered once.
    if (!positions.has(root)) number = numberTree(root, children, positions, number);
  }
  return positions;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function numberTree(
  root: SelectedSpan,
  children: ReadonlyMap<SelectedSpan, readonly SelectedSpan[]>,
  positions: Map<SelectedSpan, SpanPosition>,
  first: number,
): number {
  let number = first;
  const open = (span: SelectedSpan, parent: number): Mutable<SpanPosition> => {
    const position = { left: number, right: 0, parent, childCount: children.get(span)?.length ?? 0 };
    number += 1;
    positions.set(span, position);
    return position;
  };
  const stack = [{ span: root, position: open(root, root.parentSpanId === '' ? -1 : 0), next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const child = children.get(top.span)?.[top.next];
    top.next += 1;
    if (child === undefined) {
      top.position.right = number;
      number += 1;
      stack.pop();
    } else if (!positions.has(child)) stack.push({ span: child, position: open(child, top.position.left), next: 0 });
  }
  return number;
}
