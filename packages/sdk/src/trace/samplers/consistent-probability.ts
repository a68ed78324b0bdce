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
 * Returns a sampler that keeps this ratio of traces, from 0 to 1, and writes the threshold to the trace state
 * (`ot=th:…`), so that backends can extrapolate counts. It uses `rv` of the trace state or else the trace ID, as all
 * consistent samplers do: traces kept with a probability are also kept with a higher one. Throws an `OptionError`.
 */
export function consistentProbability(probability: number): Sampler {
  // The specification recommends four digits. More make the header longer, but the ratio hardly more precise.
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

/** Returns OpenTelemetry's part of the parent's trace state, or an empty one if it is malformed. */
function stateOf(given: ApiTraceState): TraceState {
  const ot = given.get('ot');
  const state = ot === undefined ? TraceState.empty : TraceState.parse(`ot=${ot}`);
  return typeof state === 'string' ? TraceState.empty : state;
}
