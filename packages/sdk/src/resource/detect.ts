import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diag } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import { choiceOption, integerOption, MAX_MILLIS } from '../client/option-error.ts';
import { suppress } from '../context/suppression.ts';
import { processEnvironment } from '../environment.ts';
import { detectContainer } from './container.ts';
import type {
  DetectionContext,
  DetectionOptions,
  DetectorName,
  OfficialDetector,
  ResourceDetector,
} from './detection.ts';
import { withoutUndefined } from './detection.ts';
import { resourceFromEnvironment } from './environment.ts';
import { detectHost, detectOperatingSystem } from './host.ts';
import { detectKubernetes } from './kubernetes.ts';
import { detectProcess, detectService } from './process.ts';

/**
 * Detects the program's environment. Returns a promise of attributes, which can be passed as the `resource` of a client
 * or provider. Attributes that cannot be read in time are omitted, and the promise never rejects. Throws an
 * `OptionError` for invalid options. In browsers, it accepts `BrowserDetectionOptions` and returns the attributes
 * synchronously.
 */
export function detectResource(options: DetectionOptions = {}): Promise<Attributes> {
  const { detectors = NAMES, environment = processEnvironment(), root = '/', attributes = {} } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 1_000, 1, MAX_MILLIS);
  const selected = detectors.map((detector, i): NamedDetector => {
    if (typeof detector === 'function') return { name: detector.name, detect: detector };
    if (typeof detector === 'object') return { name: detector.constructor.name, detect: () => detectedBy(detector) };
    const name = choiceOption(`detectors[${i}]`, detector, NAMES);
    return { name, detect: DETECTORS[name] };
  });
  const context: DetectionContext = {
    environment,
    withArguments: options.withArguments ?? false,
    readFile: cachedFileReader(root),
  };
  return suppress(() => detectAll(selected, context, timeoutMillis, attributes));
}

interface NamedDetector {
  readonly name: string;
  readonly detect: ResourceDetector;
}

const DETECTORS: Readonly<Record<DetectorName, ResourceDetector>> = {
  host: detectHost,
  os: detectOperatingSystem,
  process: detectProcess,
  container: detectContainer,
  kubernetes: detectKubernetes,
  service: detectService,
  environment: ({ environment }) => resourceFromEnvironment(environment),
};

const NAMES = Object.keys(DETECTORS) as [DetectorName, ...DetectorName[]];

async function detectAll(
  detectors: readonly NamedDetector[],
  context: DetectionContext,
  timeoutMillis: number,
  attributes: Attributes,
): Promise<Attributes> {
  const timeout = startTimeout(timeoutMillis);
  const found = await Promise.all(
    detectors.map(async ({ name, detect }) => {
      try {
        const detected = await Promise.race([detect(context), timeout.reached]);
        if (detected !== undefined) return detected;
        diag.warn(`resource detector ${name} timed out after ${timeoutMillis} ms, ignored`);
      } catch (error) {
        diag.warn(`resource detector ${name} failed, ignored`, error);
      }
      return {};
    }),
  );
  timeout.cancel();
  return Object.assign({}, ...[...found, attributes].map(withoutUndefined));
}

/**
 * Starts a timeout in equal intervals, one after the other. While modules load, the event loop does not run: such a
 * pause uses up one interval instead of the time that the detectors need for reading files.
 */
function startTimeout(millis: number): { readonly reached: Promise<undefined>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let timer: ReturnType<typeof setTimeout>;
  let left = TIMEOUT_INTERVALS;
  const next = () => {
    if (left === 0) return resolve(undefined);
    left -= 1;
    timer = setTimeout(next, millis / TIMEOUT_INTERVALS);
  };
  next();
  return { reached: promise, cancel: () => clearTimeout(timer) };
}

const TIMEOUT_INTERVALS = 10;

/** Returns a function that reads each file only once, because several detectors may need it. */
function cachedFileReader(root: string): DetectionContext['readFile'] {
  const texts = new Map<string, Promise<string | undefined>>();
  return (path) => {
    const text = texts.get(path) ?? readFile(join(root, path), 'utf8').catch(() => undefined);
    texts.set(path, text);
    return text;
  };
}

/** Returns an opentelemetry-js detector's attributes once all of them have settled. Rejected ones are omitted. */
export async function detectedBy(detector: OfficialDetector): Promise<Attributes> {
  const entries = Object.entries(detector.detect().attributes ?? {});
  const values = await Promise.allSettled(entries.map(([, value]) => value));
  return Object.fromEntries(
    entries.map(([key], i) => {
      const result = values[i];
      return [key, result?.status === 'fulfilled' ? result.value : undefined];
    }),
  );
}
