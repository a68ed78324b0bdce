import type { Attributes } from '../attributes/attribute-list.ts';
import type { Environment } from '../environment.ts';

/** What is built in: which attributes each finds is in the guide. */
export type DetectorName = 'host' | 'os' | 'process' | 'container' | 'kubernetes' | 'service' | 'environment';

/** Finds attributes of a resource, now or later; what it throws is told to `diag`. */
export type ResourceDetector = (context: DetectionContext) => Attributes | Promise<Attributes>;

/** A detector as opentelemetry-js has them, for clouds above all; values may be promises. */
export interface OfficialDetector {
  detect(): { readonly attributes?: Readonly<Record<string, unknown>> };
}

/** What detectors look at. */
export interface DetectionContext {
  readonly environment: Environment;
  /** Whether the arguments of the program may be told. */
  readonly withArguments: boolean;
  /** The text of the file at a path from the root; `undefined` when it cannot be read. */
  readFile(path: string): Promise<string | undefined>;
}

/** What is detected, and where. */
export interface DetectionOptions {
  /** Those that are asked; where two find the same attribute, the later counts. Default all that are built in. */
  readonly detectors?: readonly (DetectorName | ResourceDetector | OfficialDetector)[];
  /** What is known already; counts more than what is found. */
  readonly attributes?: Attributes;
  /** Whether `process.command_args` is told, which may hold secrets. Default false. */
  readonly withArguments?: boolean;
  /** Detectors that take longer add nothing. Default 1,000. */
  readonly timeoutMillis?: number;
  /** Default that of the process. */
  readonly environment?: Environment;
  /** The folder that stands for `/` when files are read. */
  readonly root?: string;
}
