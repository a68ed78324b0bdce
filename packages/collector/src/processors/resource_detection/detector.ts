import type { AttributeValue } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { z } from '../../component/schema.ts';

/** The dependencies that the host provides to detectors. */
export interface DetectionContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether missing metadata is an error. */
  readonly failOnMissingMetadata: boolean;
}

/** Attributes by key. Those whose value is `undefined` are omitted. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/**
 * Returns the detected attributes, or `undefined` if the process does not run in that environment. `signal` aborts at
 * the timeout.
 */
export type Detect = (signal: AbortSignal) => Promise<Attributes | undefined>;

/** Thrown if there is no metadata. It is an error only if `fail_on_missing_metadata` is set. */
export class MetadataUnavailable extends Error {
  override readonly name: string = 'MetadataUnavailable';
}

/** The declaration of a detector. */
export interface DetectorDeclaration<Keys extends string, Shape extends z.core.$ZodLooseShape> {
  /** The attributes that can be enabled or disabled, and whether they are enabled by default. */
  readonly attributes: Readonly<Record<Keys, boolean>>;
  /** Additional options. */
  readonly options?: Shape;
  /** Schema URL of the detected attributes. Default: semantic conventions 1.40. */
  readonly schemaUrl?: string;
  /** How an empty result is treated. Default `unavailable`: an error if `fail_on_missing_metadata` is set. */
  readonly empty?: 'unavailable' | 'nothing';
  /** Creates the detector. Throws if the environment lacks something it requires, which makes the start fail. */
  create(config: DetectorConfig<Keys, Shape>, context: DetectionContext): Detect;
}

/** The configuration of a detector. */
export type DetectorConfig<Keys extends string, Shape extends z.core.$ZodLooseShape> = z.output<z.ZodObject<Shape>> & {
  readonly resourceAttributes: Readonly<Record<Keys, { readonly enabled: boolean }>>;
};

/** A detector: its configuration field and its factory. */
export interface Detector {
  readonly field: z.ZodType;
  readonly schemaUrl: string;
  /** `config` is the parsed value of `field`. */
  create(config: unknown, context: DetectionContext): Detect;
}

/** The schema URL of the semantic conventions that most detectors follow. */
export const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.40.0';

/** Defines a detector. Disabled attributes are removed from its result; keys that it does not declare are kept. */
export function defineDetector<Keys extends string, Shape extends z.core.$ZodLooseShape = Record<never, never>>(
  declaration: DetectorDeclaration<Keys, Shape>,
): Detector {
  const { attributes, options, empty = 'unavailable', schemaUrl = SCHEMA_URL } = declaration;
  type Config = DetectorConfig<Keys, Shape> & { readonly failOnMissingMetadata?: boolean };
  return {
    field: z
      .object({ ...options, resourceAttributes: switches(attributes) })
      .prefault({} as never)
      .describe('Options of this detector.'),
    schemaUrl,
    create(written, context) {
      const config = written as Config;
      const fails = context.failOnMissingMetadata || config.failOnMissingMetadata === true;
      const detect = declaration.create(config, { ...context, failOnMissingMetadata: fails });
      const enabled = new Map(Object.entries<{ enabled: boolean }>(config.resourceAttributes));
      return async (signal) => {
        try {
          const found = await detect(signal);
          if (found === undefined && empty === 'unavailable' && fails)
            throw new MetadataUnavailable('metadata unavailable');
          if (found === undefined) return undefined;
          const kept = Object.entries(found).filter(
            ([key, value]) => value !== undefined && enabled.get(key)?.enabled !== false,
          );
          return Object.fromEntries(kept);
        } catch (error) {
          if (fails || !(error instanceof MetadataUnavailable)) throw error;
          context.logger.debug({ error: error.message }, 'metadata unavailable');
          return undefined;
        }
      };
    },
  };
}

function switches(attributes: Readonly<Record<string, boolean>>) {
  const shape = Object.fromEntries(
    Object.entries(attributes).map(([key, enabled]) => [
      key,
      z
        .object({ enabled: z.boolean().prefault(enabled).describe('Whether the attribute is set.') })
        .prefault({})
        .describe(`Settings of the attribute \`${key}\`.`),
    ]),
  );
  return z.object(shape).prefault({}).describe('Attributes that the detector sets.');
}

/** Returns the field for the base URL of a metadata service. */
export function endpointField(url: string) {
  return z
    .url({ protocol: /^https?$/ })
    .prefault(url)
    .describe('Base URL of the metadata service.');
}

/** Returns a detector's field that repeats the processor option. */
export function failOnMissingField() {
  return z
    .boolean()
    .prefault(false)
    .describe('Deprecated: use `fail_on_missing_metadata` on the processor. Whether missing metadata is an error.');
}
