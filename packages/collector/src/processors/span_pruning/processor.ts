import {
  type Batch,
  type BatchContext,
  type Decision,
  findField,
  forEachItem,
  payloadEnd,
  payloadStart,
  type RewriteHooks,
  SPAN_FIELDS,
} from '@otelier/otlp';
import type { Consumer, Processor, SignalContext } from '../../component/contract.ts';
import { createRewriter } from '../../component/rewriter.ts';
import type { SpanPruningConfig } from './config.ts';
import { createGrouping } from './groups.ts';
import type { Scope, SpanNode, SpanRange } from './span-node.ts';
import { createSummarizer } from './summary.ts';

/** Decisions about the spans in a batch that do not stay unchanged, by part and span start. */
type Plan = Map<Uint8Array, Map<number, Decision>>;

/** Creates a processor that replaces groups of similar spans in each trace of a batch with summaries. */
export function createSpanPruning(
  config: SpanPruningConfig,
  next: Consumer,
  context: SignalContext<'traces'>,
): Processor {
  const groupsOf = createGrouping(config);
  const summarize = createSummarizer(config);
  let plan: Plan = new Map();
  const hooks: RewriteHooks<BatchContext> = {
    item: ({ bytes, start }) => plan.get(bytes)?.get(start) ?? 'keep',
  };
  const rewriter = createRewriter([hooks], next, context, 'pruned');

  const addToPlan = (groups: readonly (readonly SpanNode[])[]) => {
    const scopes = new Set(groups.flat().map(({ range }) => range.scope));
    for (const group of groups) {
      const id = randomId(context.random);
      const { template, span } = summarize(group, id);
      for (const node of group) {
        node.summaryId = id;
        decide(plan, node.range, 'drop');
        for (let other = node.duplicate; other !== undefined; other = other.duplicate)
          if (scopes.has(other.range.scope)) decide(plan, other.range, 'drop');
      }
      decide(plan, template.range, span);
    }
  };

  return {
    consume(batch) {
      plan = new Map();
      for (const spans of spansByTrace(batch)) {
        if (spans.length >= config.minSpansToAggregate) addToPlan(groupsOf(spans));
      }
      return plan.size === 0 ? next.consume(batch) : rewriter.consume(batch);
    },
  };
}

function decide(plan: Plan, { bytes, start }: SpanRange, decision: Decision): void {
  const decisions = plan.get(bytes);
  if (decisions === undefined) plan.set(bytes, new Map([[start, decision]]));
  else decisions.set(start, decision);
}

/** Returns the spans in a batch, grouped by trace. */
function spansByTrace({ parts }: Batch): Iterable<readonly SpanRange[]> {
  const traces = new Map<string, SpanRange[]>();
  for (const part of parts) {
    let scope: Scope = { start: -1 };
    forEachItem('traces', part, ({ bytes, start, end, scopeGroupStart }) => {
      if (scope.start !== scopeGroupStart) scope = { start: scopeGroupStart };
      const id = traceKey(bytes, findField(bytes, start, end, SPAN_FIELDS.traceId));
      const spans = traces.get(id);
      if (spans === undefined) traces.set(id, [{ bytes, start, end, scope }]);
      else spans.push({ bytes, start, end, scope });
    });
  }
  return traces.values();
}

/** Returns a trace ID as a string with one character per byte. */
function traceKey(bytes: Uint8Array, value: number): string {
  if (value < 0) return '';
  let key = '';
  const end = payloadEnd(bytes, value);
  for (let at = payloadStart(bytes, value); at < end; at++) key += String.fromCharCode(bytes[at] as number);
  return key;
}

function randomId(random: () => number): Uint8Array {
  return Uint8Array.from({ length: 8 }, () => Math.floor(random() * 256));
}
