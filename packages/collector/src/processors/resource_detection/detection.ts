import { EncodedAttribute } from '@otelier/otlp';
import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { pause } from '../../component/timing/pause.ts';
import type { ResourceDetectionConfig } from './config.ts';
import { withDeadline } from './deadline.ts';
import type { Attributes, Detect, DetectionContext } from './detector.ts';
import { DETECTOR_KEYS, DETECTORS } from './detectors.ts';

/** The detected resource. */
export interface DetectedResource {
  readonly attributes: readonly EncodedAttribute[];
  /** Empty if there are no semantic convention attributes. */
  readonly schemaUrl: string;
}

/** Runs the detectors at the start and at intervals. Shared by all pipelines that use the same processor. */
export interface Detection {
  /** The result of the last successful detection. */
  readonly current: DetectedResource;
  close(): Promise<void>;
}

interface NamedDetector {
  readonly name: string;
  readonly schemaUrl: string;
  readonly detect: Detect;
}

interface Detected {
  readonly attributes: Attributes;
  readonly schemaUrl: string;
}

/** Creates the detectors and runs them once. Rejects if a detector fails. */
export async function openDetection(config: ResourceDetectionConfig, context: ComponentContext): Promise<Detection> {
  const { clock, logger } = context;
  const detectors = createDetectors(config, context);
  const stop = new AbortController();
  let current = await detectAll(detectors, config, context, stop.signal);
  let refreshing: Promise<void> = Promise.resolve();
  let cancel = (): void => {};

  const refresh = async (): Promise<void> => {
    try {
      current = await detectAll(detectors, config, context, stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      logger.warn({ error: errorMessage(error) }, 'detection failed, keeping the attributes of the last one');
    }
  };
  const schedule = (): void => {
    cancel = clock.setTimeout(() => {
      refreshing = refresh().then(() => {
        if (!stop.signal.aborted) schedule();
      });
    }, config.refreshInterval);
  };
  if (config.refreshInterval > 0) schedule();
  return {
    get current() {
      return current;
    },
    async close() {
      cancel();
      stop.abort();
      await refreshing;
    },
  };
}

function createDetectors(config: ResourceDetectionConfig, context: ComponentContext): NamedDetector[] {
  const options: Readonly<Record<string, unknown>> = config;
  return config.detectors.map((name) => {
    const key = DETECTOR_KEYS[name];
    if (key === undefined) throw new Error(`detectors: expected a known detector, got "${name}"`);
    const detection: DetectionContext = {
      environment: context.environment,
      logger: context.logger.child({ detector: name }),
      clock: context.clock,
      random: context.random,
      failOnMissingMetadata: config.failOnMissingMetadata,
    };
    try {
      const { schemaUrl } = DETECTORS[key];
      return { name, schemaUrl, detect: DETECTORS[key].create(options[key], detection) };
    } catch (error) {
      throw new Error(`detector ${name}: ${errorMessage(error)}`, { cause: error });
    }
  });
}

/** Runs all detectors concurrently and merges their results. Throws if any fails. */
async function detectAll(
  detectors: readonly NamedDetector[],
  config: ResourceDetectionConfig,
  context: ComponentContext,
  stop: AbortSignal,
): Promise<DetectedResource> {
  const { timeout, retry } = config;
  const limitMillis = retry.maxElapsedTime > 0 ? retry.maxElapsedTime : timeout;
  const results = await withDeadline(limitMillis, stop, context.clock, (signal) =>
    Promise.allSettled(detectors.map((detector) => detectWithRetry(detector, config, context, signal))),
  );
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`detector ${detectors[index]?.name}: ${errorMessage(result.reason)}`] : [],
  );
  if (failures.length > 0) throw new Error(failures.join('; '));
  const merged = mergeDetected(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
  context.logger.info({ keys: Object.keys(merged.attributes) }, 'detected resource attributes');
  return {
    attributes: Object.entries(merged.attributes).map(([key, value]) => EncodedAttribute.of(key, value)),
    schemaUrl: merged.schemaUrl,
  };
}

/** Merges results. The first detector to find an attribute or schema URL wins. */
function mergeDetected(results: readonly (Detected | undefined)[]): Detected {
  const attributes: Record<string, Attributes[string]> = {};
  let schemaUrl = '';
  for (const result of results) {
    if (result === undefined) continue;
    schemaUrl ||= result.schemaUrl;
    for (const [key, value] of Object.entries(result.attributes))
      if (!Object.hasOwn(attributes, key)) attributes[key] = value;
  }
  return { attributes, schemaUrl };
}

async function detectWithRetry(
  { name, schemaUrl, detect }: NamedDetector,
  { timeout, retry }: ResourceDetectionConfig,
  { clock, random, logger }: ComponentContext,
  session: AbortSignal,
): Promise<Detected | undefined> {
  const attemptMillis = retry.maxElapsedTime > 0 ? timeout : 0;
  const attempt = () => withDeadline(attemptMillis, session, clock, detect);
  let intervalMillis = retry.initialInterval;
  for (;;) {
    try {
      const attributes = await attempt();
      return attributes === undefined ? undefined : { attributes, schemaUrl };
    } catch (error) {
      if (!retry.enabled || session.aborted) throw error;
      logger.warn({ detector: name, error: errorMessage(error) }, 'detection failed, retrying');
      const spread = retry.randomizationFactor * (2 * random() - 1);
      await pause(clock, intervalMillis * (1 + spread), session);
      if (session.aborted) throw error;
      intervalMillis = Math.min(intervalMillis * retry.multiplier, retry.maxInterval);
    }
  }
}
