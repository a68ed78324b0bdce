import {
  ALWAYS_SAMPLE,
  compareUint56,
  hashThreshold,
  MIN_PROBABILITY,
  NEVER_SAMPLE,
  probabilityOfThreshold,
  type Randomness,
  randomnessOfHash,
  seededHash,
  shouldSample,
  type Threshold,
  thresholdOfProbability,
} from '@otelier/otlp';

/** What the decision depends on, of the processor's configuration. */
export interface SamplerConfig {
  readonly samplingPercentage: number;
  readonly hashSeed: number;
  readonly mode: 'hash_seed' | 'proportional' | 'equalizing' | '';
  readonly failClosed: boolean;
  readonly samplingPrecision: number;
}

/** What an item says about its sampling. */
export interface Evidence {
  /** From its id or an attribute; `undefined` when it has none. */
  readonly own: Randomness | undefined;
  /** That an earlier sampler noted. */
  readonly explicit: Randomness | undefined;
  /** That an earlier sampler applied. */
  readonly threshold: Threshold | undefined;
  /** Why the notes of earlier samplers cannot be read. */
  readonly malformed: string | undefined;
}

/** What becomes of an item. */
export type Verdict =
  | { readonly kind: 'drop' }
  /** It stays as it is. */
  | { readonly kind: 'keep' }
  /** It stays, and this is noted in it; the randomness only where it is not that of the trace id. */
  | { readonly kind: 'note'; readonly threshold: Threshold; readonly randomness: Randomness | undefined };

/** Decides about items one by one, without memory. */
export interface Sampler {
  /** Whether randomness comes from a hash and must be noted for others to follow the decision. */
  readonly hashes: boolean;
  /** Randomness from what is to be hashed. */
  hash(bytes: Uint8Array, start: number, end: number): Randomness;
  /** `priority` is a threshold that the item itself asks for; it overrides everything else. */
  check(evidence: Evidence, priority: Threshold | undefined): Verdict;
}

/** Stands in for randomness that an item does not have: every threshold keeps it but the one that keeps nothing. */
export const MAX_RANDOMNESS: Randomness = { high: 0xff_ffff, low: 0xffff_ffff };

/**
 * Makes the sampler that a configuration means. `onTrouble` is told why an item could not be decided about. The rules
 * are those of the Collector's `probabilistic_sampler` 0.161.
 */
export function createSampler(config: SamplerConfig, onError: (reason: string) => void): Sampler {
  const { hashSeed, failClosed } = config;
  const method = methodOf(config);
  const undecided = failClosed ? NEVER_SAMPLE : ALWAYS_SAMPLE;
  return {
    hashes: method.kind === 'hash',
    hash: (bytes, start, end) => randomnessOfHash(seededHash(hashSeed, bytes, start, end)),
    check(evidence, priority) {
      const randomness = randomnessOf(method.kind, evidence);
      const failure = errorOf(method.kind, evidence, randomness);
      if (failure !== undefined) onError(failure);
      const decided = failure === undefined ? method.decide(evidence.threshold) : undecided;
      const threshold = priority ?? decided;
      if (!shouldSample(threshold, randomness ?? MAX_RANDOMNESS)) return DROP;
      if (!isWritable(method.kind, evidence)) return KEEP;
      // A later sampler cannot bring back what an earlier one has dropped; one whose threshold is a lie does not count.
      const noted = failure === INCONSISTENT ? threshold : higher(evidence.threshold, threshold);
      if (method.kind === 'hash') return { kind: 'note', threshold: noted, randomness };
      return noted === evidence.threshold ? KEEP : { kind: 'note', threshold: noted, randomness: undefined };
    },
  };
}

const DROP: Verdict = { kind: 'drop' };
const KEEP: Verdict = { kind: 'keep' };

const INCONSISTENT =
  'its threshold of an earlier sampler contradicts its randomness: that sampler should have dropped it';
const MISSING = 'it has no randomness: neither a trace id nor the attribute to take it from';
const IN_USE =
  'an earlier sampler has noted its threshold or randomness, which mode hash_seed cannot continue: use proportional or equalizing';

interface Method {
  readonly kind: 'none' | 'hash' | 'consistent';
  /** The threshold for an item that arrived with this one. */
  decide(arriving: Threshold | undefined): Threshold;
}

function methodOf({ samplingPercentage, mode, samplingPrecision }: SamplerConfig): Method {
  // The Collector holds the percentage in single precision; thresholds of both must be equal to the last digit.
  const percentage = Math.fround(Math.min(100, samplingPercentage));
  if (percentage === 0) return { kind: 'none', decide: () => NEVER_SAMPLE };
  const ratio = Math.max(percentage / 100, MIN_PROBABILITY);
  const fixed = thresholdOfProbability(ratio, samplingPrecision);
  switch (mode) {
    case 'equalizing':
      return { kind: 'consistent', decide: (arriving) => higher(arriving, fixed) };
    case 'proportional':
      return {
        kind: 'consistent',
        decide: (arriving) =>
          arriving === undefined
            ? fixed
            : thresholdOfProbability(probabilityOfThreshold(arriving) * ratio, samplingPrecision),
      };
    default: {
      const threshold = hashThreshold(percentage);
      return { kind: threshold === NEVER_SAMPLE ? 'none' : 'hash', decide: () => threshold };
    }
  }
}

function higher(arriving: Threshold | undefined, threshold: Threshold): Threshold {
  return arriving !== undefined && compareUint56(arriving, threshold) > 0 ? arriving : threshold;
}

function randomnessOf(kind: Method['kind'], { own, explicit, malformed }: Evidence): Randomness | undefined {
  if (kind === 'none') return MAX_RANDOMNESS;
  if (kind === 'hash') return own;
  return malformed === undefined ? (explicit ?? own) : undefined;
}

function errorOf(kind: Method['kind'], evidence: Evidence, randomness: Randomness | undefined): string | undefined {
  const { explicit, threshold, malformed } = evidence;
  if (malformed !== undefined) return malformed;
  if (kind === 'hash' && (explicit !== undefined || threshold !== undefined)) return IN_USE;
  if (randomness === undefined) return MISSING;
  return threshold !== undefined && !shouldSample(threshold, randomness) ? INCONSISTENT : undefined;
}

/** Where randomness matters, notes that cannot be read or that follow other rules stay as they are. */
function isWritable(kind: Method['kind'], { explicit, threshold, malformed }: Evidence): boolean {
  if (kind === 'none') return true;
  if (malformed !== undefined) return false;
  return kind !== 'hash' || (explicit === undefined && threshold === undefined);
}
