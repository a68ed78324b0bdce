import type { Diagnostic } from '../config/config-error.ts';
import type { Registry } from '../config/registry.ts';
import type { ConversionReport } from './report.ts';

/** A source to convert. */
export interface ConversionSource {
  /** Name in messages: the path of the file. */
  readonly name: string;
  readonly text: string;
  /** The components that the output can have. */
  readonly registry: Registry;
  /** Returns the text of a file that the source includes. Throws an error with a message for the user. */
  readonly include: (path: string) => Promise<string>;
}

/** The result of a conversion: the output, or why the source cannot be read. */
export type Conversion =
  | {
      readonly kind: 'converted';
      readonly output: object;
      readonly report: ConversionReport;
      readonly next: readonly string[];
    }
  | { readonly kind: 'unreadable'; readonly errors: readonly Diagnostic[] };

/** Converts a source. */
export type Convert = (source: ConversionSource) => Promise<Conversion>;
