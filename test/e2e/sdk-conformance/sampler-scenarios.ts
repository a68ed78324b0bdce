import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Sampler,
  SamplingDecision,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Sdk } from './sdks.ts';

const at = (millis: number): [number, number] => [1_800_000_000, millis * 1e6];

const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

/** Returns every kind of parent that a sampler may distinguish. */
function parents(): Readonly<Record<string, Context>> {
  const { NONE, SAMPLED } = TraceFlags;
  const below = (traceFlags: number, isRemote?: boolean) =>
    trace.setSpanContext(ROOT_CONTEXT, {
      ...PARENT,
      traceFlags,
      traceState: createTraceState('vendor=1'),
      ...(isRemote === undefined ? {} : { isRemote }),
    });
  return {
    none: ROOT_CONTEXT,
    invalid: trace.setSpanContext(ROOT_CONTEXT, {
      traceId: '0'.repeat(32),
      spanId: '0'.repeat(16),
      traceFlags: SAMPLED,
    }),
    'remote, sampled': below(SAMPLED, true),
    'remote, not sampled': below(NONE, true),
    'local, sampled': below(SAMPLED, false),
    'local, not sampled': below(NONE, false),
    'of neither, sampled': below(SAMPLED),
    'sampled and random': below(3, true),
    'random alone': below(2, true),
  };
}

/** Returns trace IDs distributed over the whole range. They are the same in every run. */
function traceIds(count: number): readonly string[] {
  let state = 1n;
  const next = () => {
    // The multiplier of Knuth's MMIX generator, whose upper half is random.
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    return (state >> 32n).toString(16).padStart(8, '0');
  };
  return Array.from({ length: count }, () => next() + next() + next() + next());
}

/** Each SDK's samplers, applied to its own spans. */
export const SAMPLER_SCENARIOS: Readonly<Record<string, (sdk: Sdk) => void>> = {
  'samplers under every kind of parent'(sdk) {
    const { on, off, ratio, parentBased } = sdk.samplers;
    const samplers: readonly Sampler[] = [
      on,
      off,
      ratio(1),
      ratio(0),
      parentBased({ root: on }),
      parentBased({ root: off }),
      parentBased({ root: ratio(1), remoteParentSampled: off, remoteParentNotSampled: on }),
      parentBased({ root: off, localParentSampled: off, localParentNotSampled: on }),
      parentBased({ root: parentBased({ root: on }), remoteParentSampled: ratio(0), localParentSampled: ratio(1) }),
    ];
    for (const [i, sampler] of samplers.entries()) {
      const tracer = sdk.tracers({ sampler }).getTracer(`sampler ${i}`);
      for (const [name, around] of Object.entries(parents())) {
        const span = tracer.startSpan(name, { startTime: at(0) }, around);
        tracer.startSpan(`child of ${name}`, { startTime: at(0) }, trace.setSpan(around, span)).end(at(1));
        span.end(at(1));
      }
    }
  },

  'what samplers are called'(sdk) {
    const { on, off, ratio, parentBased } = sdk.samplers;
    const samplers = {
      on,
      off,
      ratio: ratio(0.25),
      'parent, else on': parentBased({ root: on }),
      'parent, each': parentBased({
        root: ratio(1),
        remoteParentSampled: off,
        remoteParentNotSampled: on,
        localParentSampled: off,
        localParentNotSampled: ratio(0),
      }),
    };
    const span = sdk
      .tracers()
      .getTracer('app')
      .startSpan('names', { startTime: at(0) }, ROOT_CONTEXT);
    for (const [name, sampler] of Object.entries(samplers)) span.setAttribute(name, String(sampler));
    span.end(at(1));
  },

  'what a ratio keeps'(sdk) {
    const ids = traceIds(4_000);
    const kept = (ratio: number) => {
      const sampler = sdk.samplers.ratio(ratio);
      return ids.filter((id) => {
        const { decision } = sampler.shouldSample(ROOT_CONTEXT, id, 'x', SpanKind.INTERNAL, {}, []);
        return decision === SamplingDecision.RECORD_AND_SAMPLED;
      });
    };
    const span = sdk
      .tracers()
      .getTracer('app')
      .startSpan('ratios', { startTime: at(0) }, ROOT_CONTEXT);
    for (const ratio of [0, 0.1, 0.3, 0.5, 0.9, 1]) {
      span.setAttribute(`tenths kept at ${ratio}`, Math.round((kept(ratio).length / ids.length) * 10));
    }
    const more = new Set(kept(0.5));
    span.setAttribute(
      'a smaller ratio keeps less of the same',
      kept(0.25).every((id) => more.has(id)),
    );
    span.end(at(1));
  },

  'ratios that are none'(sdk) {
    const span = sdk
      .tracers()
      .getTracer('app')
      .startSpan('ratios', { startTime: at(0) }, ROOT_CONTEXT);
    for (const ratio of [-1, 2, Number.NaN]) {
      let made: string;
      try {
        made = String(sdk.samplers.ratio(ratio));
      } catch {
        made = 'refused';
      }
      span.setAttribute(`${ratio}`, made);
    }
    span.end(at(1));
  },
};
