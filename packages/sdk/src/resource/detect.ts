import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diag } from '@opentelemetry/api';
import type { Attributes } from '../attributes/attribute-list.ts';
import { choiceOption, integerOption, MAX_MILLIS } from '../client/option-error.ts';
import { suppress } from '../context/suppression.ts';
import { processEnvironment } from '../environment.ts';
import { detectContainer } from './container.ts';
import type { DetectionContext, DetectionOptions, DetectorName, ResourceDetector } from './detection.ts';
import { resourceFromEnvironment } from './environment.ts';
import { detectHost } from './host.ts';
import { known } from './known.ts';
import { detectKubernetes } from './kubernetes.ts';
import { detectedBy } from './official-detector.ts';
import { detectOperatingSystem } from './operating-system.ts';
import { detectProcess } from './process.ts';
import { detectService } from './service.ts';

/**
 * Finds out what the program runs in, as attributes for `resource` of a client or provider, which waits for them by itself. What cannot be read is left out,
 * and so is what takes longer than the time allowed: the result never rejects. Throws an `OptionError` for options that cannot be used. In browsers it takes
 * `BrowserDetectionOptions`, finds what a page can know, and answers at once.
 */
export function detectResource(options: DetectionOptions = {}): Promise<Attributes> {
  const { detectors = NAMES, environment = processEnvironment(), root = '/', attributes = {} } = options;
  const timeoutMillis = integerOption('timeoutMillis', options.timeoutMillis, 1_000, 1, MAX_MILLIS);
  const chosen = detectors.map((detector, i): NamedDetector => {
    if (typeof detector === 'function') return { name: detector.name, detect: detector };
    if (typeof detector === 'object') return { name: detector.constructor.name, detect: () => detectedBy(detector) };
    const name = choiceOption(`detectors[${i}]`, detector, NAMES);
    return { name, detect: DETECTORS[name] };
  });
  const context: DetectionContext = {
    environment,
    withArguments: options.withArguments ?? false,
    readFile: rememberingFiles(root),
  };
  return suppress(() => detectAll(chosen, context, timeoutMillis, attributes));
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
  const timeIsUp = Promise.withResolvers<undefined>();
  const timer = setTimeout(timeIsUp.resolve, timeoutMillis);
  const found = await Promise.all(
    detectors.map(async ({ name, detect }) => {
      try {
        const detected = await Promise.race([detect(context), timeIsUp.promise]);
        if (detected !== undefined) return detected;
        diag.warn(`resource detection: ${name} has not answered within ${timeoutMillis} ms, and adds nothing`);
      } catch (error) {
        diag.warn(`resource detection: ${name} has failed, and adds nothing`, error);
      }
      return {};
    }),
  );
  clearTimeout(timer);
  return Object.assign({}, ...[...found, attributes].map(known));
}

/** Reads each file once, for several detectors look into some. */
function rememberingFiles(root: string): DetectionContext['readFile'] {
  const texts = new Map<string, Promise<string | undefined>>();
  return (path) => {
    const text = texts.get(path) ?? readFile(join(root, path), 'utf8').catch(() => undefined);
    texts.set(path, text);
    return text;
  };
}
