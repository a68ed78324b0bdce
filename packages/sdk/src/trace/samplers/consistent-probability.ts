import {
  type TraceState as ApiTraceState,
  createTraceState,
  type Sampler,
  SamplingDecision,
  trace,
} from '@opentelemetry/api';
import { parseRandomness, shouldSample, TraceState, thresholdOfProbability } from '@otelier/otlp';
import { numberOption } from '../../client/option-error.ts';

/**
 * Keeps this share of traces, from 0 to 1, and says so in the trace state (`ot=th:…`), so that whoever counts spans knows
 * how many each stands for. Decides by `rv` of the trace state, or else by the trace id, as every consistent sampler
 * does: what a smaller probability keeps, a greater keeps too. Throws an `OptionError`.
 */
export function consistentProbability(probability: number): Sampler {
  // Four digits are what the specification recommends; more make the header longer, not the share noticeably better.
  const threshold = thresholdOfProbability(numberOption('probability', probability, 1, 0, 1), 4);
  return {
    shouldSample(context, traceId) {
      const given = trace.getSpanContext(context)?.traceState ?? createTraceState();
      const state = stateOf(given);
      const randomness = state.randomness ?? parseRandomness(traceId.slice(-14));
      const isKept = randomness !== undefined && shouldSample(threshold, randomness);
      const ot = state
        .withThreshold(isKept ? threshold : undefined)
        .toString()
        .slice('ot='.length);
      return {
        decision: isKept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
        traceState: ot === '' ? given.unset('ot') : given.set('ot', ot),
      };
    },
    toString: () => `ConsistentProbability{${probability}}`,
  };
}

/** What OpenTelemetry has in the trace state of the parent; nothing where that is malformed. */
function stateOf(given: ApiTraceState): TraceState {
  const ot = given.get('ot');
  const state = ot === undefined ? TraceState.empty : TraceState.parse(`ot=${ot}`);
  return typeof state === 'string' ? TraceState.empty : state;
}
