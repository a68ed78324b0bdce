import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';
import { SDK_VERSION } from '../version.ts';

/** Names of the built-in detectors. The guide lists their attributes. */
export type DetectorName = 'host' | 'os' | 'process' | 'container' | 'kubernetes' | 'service' | 'environment';

/** A function that detects resource attributes. Errors are logged with `diag`. */
export type ResourceDetector = (context: DetectionContext) => Attributes | Promise<Attributes>;

/** An opentelemetry-js detector, typically for a cloud. Attribute values may be promises. */
export interface OfficialDetector {
  detect(): { readonly attributes?: Readonly<Record<string, unknown>> };
}

/** The data sources available to detectors. */
export interface DetectionContext {
  readonly environment: Environment;
  /** Whether program arguments may be included. */
  readonly withArguments: boolean;
  /** Returns the contents of a file at an absolute path, or `undefined` if it cannot be read. */
  readFile(path: string): Promise<string | undefined>;
}

/** Options for resource detection. */
export interface DetectionOptions {
  /** Detectors to run. If several detect the same attribute, the last one wins. Default: all built-in detectors. */
  readonly detectors?: readonly (DetectorName | ResourceDetector | OfficialDetector)[];
  /** Attributes that override detected ones. */
  readonly attributes?: Attributes;
  /** Whether to include `process.command_args`, which may contain secrets. Default false. */
  readonly withArguments?: boolean;
  /** Timeout of each detector. Default 1,000. */
  readonly timeoutMillis?: number;
  /** Environment variables. Default: those of the process. */
  readonly environment?: Environment;
  /** Directory used instead of `/` to read files. */
  readonly root?: string;
}

/** Returns the attributes without those that are undefined, which would hide those of other detectors. */
export function withoutUndefined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

/**
 * Returns the attributes of this SDK. The name `opentelemetry` is reserved for official SDKs (semantic conventions,
 * "Telemetry SDK").
 */
export function telemetrySdk(language: 'nodejs' | 'webjs'): Attributes {
  return {
    'telemetry.sdk.language': language,
    'telemetry.sdk.name': '@otelier/sdk',
    'telemetry.sdk.version': SDK_VERSION,
  };
}
