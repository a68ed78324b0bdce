import type { ItemFilter, SpanParts } from '@otelier/store';
import { compilePipeline, type Step } from '../evaluate/pipeline.ts';
import type { Attribute, Pipeline } from '../parse/ast.ts';
import { onlyTrace, pipelineFilter, traceFilter } from './push-down.ts';
import { distinct, isStructural, needTrace, pipelineAttributes } from './referenced.ts';

/** How a pipeline is evaluated over a store. */
export interface Plan {
  readonly evaluate: Step;
  /** The attributes that the pipeline mentions. */
  readonly attributes: readonly Attribute[];
  /** Whether spans are evaluated together with all other spans of their trace. */
  readonly wholeTraces: boolean;
  readonly parts: SpanParts;
  /** What a span must satisfy to be in the result. */
  readonly spans: ItemFilter;
  /** What one span of a trace must satisfy, so that the trace can be in the result. */
  readonly traces: ItemFilter;
  /** The ID of the only trace that can be in the result. */
  readonly onlyTrace: string | undefined;
}

/** Plans a pipeline. `others` are attributes that the caller reads from the resulting spans. */
export function planPipeline(pipeline: Pipeline, others: readonly Attribute[] = []): Plan {
  const attributes = pipelineAttributes(pipeline);
  const read = distinct([...attributes, ...others]);
  const wholeTraces = isStructural(pipeline) || needTrace(read);
  return {
    evaluate: compilePipeline(pipeline),
    attributes,
    wholeTraces,
    parts: partsOf(read),
    spans: pipelineFilter(pipeline),
    traces: traceFilter(pipeline),
    onlyTrace: onlyTrace(pipeline),
  };
}

/** Returns the parts of spans that attributes read. */
export function partsOf(attributes: readonly Attribute[]): SpanParts {
  const own = attributes.filter(({ intrinsic }) => intrinsic === undefined);
  const hasScope = (...scopes: readonly Attribute['scope'][]): boolean =>
    own.some(({ scope }) => scopes.includes(scope));
  const hasIntrinsic = (prefix: string): boolean =>
    attributes.some(({ intrinsic }) => intrinsic?.startsWith(prefix) === true);
  return {
    attributes: [...new Set(own.filter(({ scope }) => scope === 'span' || scope === 'none').map(({ name }) => name))],
    resource: hasScope('resource', 'none'),
    scope: hasScope('instrumentation'),
    events: hasScope('event') || hasIntrinsic('event:'),
    links: hasScope('link') || hasIntrinsic('link:'),
  };
}
