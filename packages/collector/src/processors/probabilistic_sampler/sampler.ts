import {
  ALWAYS_SAMPLE,
  compareUint56,
  continueHash,
  hashOfSeed,
  hashThreshold,
  MIN_PROBABILITY,
  NEVER_SAMPLE,
  probabilityOfThreshold,
  type Randomness,
  randomnessOfHash,
  seededHash,
  shouldSample,
  shouldSampleHash,
  shouldSampleTraceId,
  type Threshold,
  thresholdOfProbability,
} from '@otelier/otlp';
import type { SamplerConfig } from './config.ts';

/** The sampling state of an item. */
export interface SamplingInfo {
  /** Randomness derived from the trace ID or an attribute. */
  readonly own: Randomness | undefined;
  /** Randomness recorded by an earlier sampler. */
  readonly explicit: Randomness | undefined;
  /** Threshold recorded by an earlier sampler. */
  readonly threshold: Threshold | undefined;
  /** Why the values recorded by earlier samplers are invalid. */
  readonly invalid: string | undefined;
}

/** Whether to keep an item, and what to record in it. */
export type SamplingDecision =
  | { readonly kind: 'drop' }
  | { readonly kind: 'keep' }
  /**
   * Keeps the item. Records the threshold, unless that of an earlier sampler remains, and the randomness, unless it is
   * that of the trace ID.
   */
  | {
      readonly kind: 'annotate';
      readonly threshold: Threshold | undefined;
      readonly randomness: Randomness | undefined;
    };

/** Samples individual items, without state. */
export interface Sampler {
  /** Whether randomness is a hash, which must be recorded for later samplers. */
  readonly hashes: boolean;
  /**
   * Reports whether to keep an item for which only the 16-byte trace ID at `offset` matters: one without threshold,
   * explicit randomness and priority. Most items are of this kind and most are dropped, so it does not allocate.
   */
  keepsTrace(bytes: Uint8Array, offset: number): boolean;
  /** Hashes a range of bytes to randomness. */
  hash(bytes: Uint8Array, start: number, end: number): Randomness;
  /** Samples an item. `priority` is a threshold taken from the item, which overrides the configuration. */
  sample(info: SamplingInfo, priority: Threshold | undefined): SamplingDecision;
}

/** The randomness of items that have none. Every threshold except `NEVER_SAMPLE` keeps it. */
export const MAX_RANDOMNESS: Randomness = { high: 0xff_ffff, low: 0xffff_ffff };

/**
 * Creates a sampler that follows the rules of the Collector's `probabilistic_sampler` 0.161. `onError` is called with
 * the reason why an item cannot be sampled.
 */
export function createSampler(config: SamplerConfig, onError: (reason: string) => void): Sampler {
  const { hashSeed, failClosed } = config;
  const method = methodOf(config);
  const fresh = method.threshold(undefined);
  const hashedSeed = hashOfSeed(hashSeed);
  const fallback = failClosed ? NEVER_SAMPLE : ALWAYS_SAMPLE;
  return {
    hashes: method.kind === 'hash',
    keepsTrace:
      method.kind === 'consistent'
        ? (bytes, offset) => shouldSampleTraceId(fresh, bytes, offset)
        : (bytes, offset) => shouldSampleHash(fresh, continueHash(hashedSeed, bytes, offset, offset + 16)),
    hash: (bytes, start, end) => randomnessOfHash(seededHash(hashSeed, bytes, start, end)),
    sample(info, priority) {
      const randomness = randomnessOf(method.kind, info);
      const failure = failureOf(method.kind, info, randomness);
      if (failure !== undefined) onError(failure);
      const own = failure === undefined ? method.threshold(info.threshold) : fallback;
      const threshold = priority ?? own;
      if (!shouldSample(threshold, randomness ?? MAX_RANDOMNESS)) return DROP;
      if (!isWritable(method.kind, info)) return KEEP;
      const { threshold: arriving } = info;
      // Sampling can only reduce the probability, so a higher threshold is kept. An inconsistent one is replaced.
      const remains = arriving !== undefined && failure !== INCONSISTENT && compareUint56(arriving, threshold) > 0;
      return {
        kind: 'annotate',
        threshold: remains ? undefined : threshold,
        randomness: method.kind === 'hash' ? randomness : undefined,
      };
    },
  };
}

const DROP: SamplingDecision = { kind: 'drop' };
const KEEP: SamplingDecision = { kind: 'keep' };

const INCONSISTENT = 'the threshold of an earlier sampler is above the randomness of the item';
const MISSING = 'the item has no randomness: it has neither a trace ID nor the configured attribute';
const IN_USE =
  'an earlier sampler recorded a threshold or randomness, which mode hash_seed cannot continue: use proportional or equalizing';

interface Method {
  readonly kind: 'none' | 'hash' | 'consistent';
  /** Returns the threshold for an item that arrives with a threshold. */
  threshold(arriving: Threshold | undefined): Threshold;
}

function methodOf({ samplingPercentage, mode, samplingPrecision }: SamplerConfig): Method {
  // The Collector stores the percentage in single precision. Thresholds must match to the last digit.
  const percentage = Math.fround(Math.min(100, samplingPercentage));
  if (percentage === 0) return { kind: 'none', threshold: () => NEVER_SAMPLE };
  const ratio = Math.max(percentage / 100, MIN_PROBABILITY);
  const fixed = thresholdOfProbability(ratio, samplingPrecision);
  switch (mode) {
    case 'equalizing':
      return { kind: 'consistent', threshold: (arriving) => maxThreshold(arriving, fixed) };
    case 'proportional':
      return {
        kind: 'consistent',
        threshold: (arriving) =>
          arriving === undefined
            ? fixed
            : thresholdOfProbability(probabilityOfThreshold(arriving) * ratio, samplingPrecision),
      };
    default: {
      const threshold = hashThreshold(percentage);
      return { kind: threshold === NEVER_SAMPLE ? 'none' : 'hash', threshold: () => threshold };
    }
  }
}

function maxThreshold(arriving: Threshold | undefined, threshold: Threshold): Threshold {
  return arriving !== undefined && compareUint56(arriving, threshold) > 0 ? arriving : threshold;
}

function randomnessOf(kind: Method['kind'], { own, explicit, invalid }: SamplingInfo): Randomness | undefined {
  if (kind === 'none') return MAX_RANDOMNESS;
  if (kind === 'hash') return own;
  return invalid === undefined ? (explicit ?? own) : undefined;
}

function failureOf(kind: Method['kind'], info: SamplingInfo, randomness: Randomness | undefined): string | undefined {
  const { explicit, threshold, invalid } = info;
  if (invalid !== undefined) return invalid;
  if (kind === 'hash' && (explicit !== undefined || threshold !== undefined)) return IN_USE;
  if (randomness === undefined) return MISSING;
  return threshold !== undefined && !shouldSample(threshold, randomness) ? INCONSISTENT : undefined;
}

/** Reports whether the threshold may be recorded. Invalid values, and values from another mode, are left unchanged. */
function isWritable(kind: Method['kind'], { explicit, threshold, invalid }: SamplingInfo): boolean {
  if (kind === 'none') return true;
  if (invalid !== undefined) return false;
  return kind !== 'hash' || (explicit === undefined && threshold === undefined);
}
