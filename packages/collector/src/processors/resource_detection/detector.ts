import type { AttributeValue } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { z } from '../../component/schema.ts';

/** What detectors get from the host. */
export interface DetectionContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly clock: Clock;
  readonly random: () => number;
  /** Whether missing metadata is an error. */
  readonly failOnMissingMetadata: boolean;
}

/** Attributes by key. Those with the value `undefined` are left out. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Returns the detected attributes, or `undefined` if the process does not run there. `signal` aborts at the timeout. */
export type Detect = (signal: AbortSignal) => Promise<Attributes | undefined>;

/** Thrown if there is no metadata. It is an error only with `fail_on_missing_metadata`. */
export class MetadataUnavailable extends Error {
  override readonly name: string = 'MetadataUnavailable';
}

/** The declaration of a detector. */
export interface DetectorDeclaration<Keys extends string, Shape extends z.core.$ZodLooseShape> {
  /** The attributes that can be switched, and whether they are enabled by default. */
  readonly attributes: Readonly<Record<Keys, boolean>>;
  /** Further options. */
  readonly options?: Shape;
  /** Schema URL of the detected attributes. Default: that of the semantic conventions 1.40. */
  readonly schemaUrl?: string;
  /** What an empty result means. Default `unavailable`: an error with `fail_on_missing_metadata`. */
  readonly empty?: 'unavailable' | 'nothing';
  /** Creates the detector. Throws if the environment lacks what it needs, which fails the start. */
  create(config: DetectorConfig<Keys, Shape>, context: DetectionContext): Detect;
}

/** The configuration of a detector. */
export type DetectorConfig<Keys extends string, Shape extends z.core.$ZodLooseShape> = z.output<z.ZodObject<Shape>> & {
  readonly resourceAttributes: Readonly<Record<Keys, { readonly enabled: boolean }>>;
};

/** A detector: its field of the configuration, and how it is created. */
export interface Detector {
  readonly field: z.ZodType;
  readonly schemaUrl: string;
  /** `config` is the parsed value of `field`. */
  create(config: unknown, context: DetectionContext): Detect;
}

/** Schema URL of the semantic conventions that most detectors follow. */
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
        .describe(`The attribute \`${key}\`.`),
    ]),
  );
  return z.object(shape).prefault({}).describe('The attributes that the detector sets.');
}

/** Returns the field for the base URL of a metadata service. */
export function endpointField(url: string) {
  return z
    .url({ protocol: /^https?$/ })
    .prefault(url)
    .describe('Base URL of the metadata service.');
}

/** Returns the field of a detector that repeats the option of the processor. */
export function failOnMissingField() {
  return z
    .boolean()
    .prefault(false)
    .describe('Deprecated: use `fail_on_missing_metadata` of the processor. Whether missing metadata is an error.');
}
