import type { EntryLabels, LabelMap } from './entry-labels.ts';

/** A log entry as it is stored. */
export interface LogEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly line: string;
  readonly stream: LabelMap;
  readonly metadata: LabelMap;
}

/** A log entry in a pipeline, which stages change. */
export interface PipelineEntry {
  readonly time: bigint;
  line: string;
  readonly labels: EntryLabels;
}

/** Processes an entry. Returns whether it stays. */
export type StageFunction = (entry: PipelineEntry) => boolean;

/** The errors that entries can have. */
export const PIPELINE_ERRORS = {
  json: 'JSONParserErr',
  logfmt: 'LogfmtParserErr',
  sample: 'SampleExtractionErr',
  filter: 'LabelFilterErr',
  template: 'TemplateFormatErr',
} as const;

/** Returns a label name with every invalid character replaced by `_`. */
export function sanitizeName(name: string, isFirst = true): string {
  const trimmed = name.trim();
  const prefix = isFirst && /^\d/.test(trimmed) ? '_' : '';
  return prefix + trimmed.replace(/[^a-zA-Z0-9_]/gu, '_');
}
