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
 * Returns a sampler that samples this fraction of traces, from 0 to 1, and writes the threshold to the trace state
 * (`ot=th:…`), so that backends can extrapolate counts. Like all consistent samplers, it uses `rv` from the trace
 * state, or else the trace ID: traces sampled at one probability are also sampled at any higher one. Throws an
 * `OptionError` if the probability is invalid.
 */
export function consistentProbability(probability: number): Sampler {
  // The specification recommends four digits. More digits lengthen the header but hardly increase precision.
  const threshold = thresholdOfProbability(numberOption('probability', probability, 1, 0, 1), 4);
  return {
    shouldSample(context, traceId) {
      const given = trace.getSpanContext(context)?.traceState ?? createTraceState();
      const state = stateOf(given);
      const randomness = state.randomness ?? parseRandomness(traceId.slice(-14));
      const isSampled = randomness !== undefined && shouldSample(threshold, randomness);
      const ot = state
        .withThreshold(isSampled ? threshold : undefined)
        .toString()
        .slice('ot='.length);
      return {
        decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
        traceState: ot === '' ? given.unset('ot') : given.set('ot', ot),
      };
    },
    toString: () => `ConsistentProbability{${probability}}`,
  };
}

/** Returns OpenTelemetry's entry in the parent's trace state, or an empty one if it is malformed. */
function stateOf(given: ApiTraceState): TraceState {
  const ot = given.get('ot');
  const state = ot === undefined ? TraceState.empty : TraceState.parse(`ot=${ot}`);
  return typeof state === 'string' ? TraceState.empty : state;
}
