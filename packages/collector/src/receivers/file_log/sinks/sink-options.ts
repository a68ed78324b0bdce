import type { TextEncoding } from '../../../component/text/encoding.ts';

/** What sinks need of the configuration. */
export interface SinkOptions {
  readonly encoding: TextEncoding;
  readonly includeFileRecordNumber: boolean;
  readonly includeFileRecordOffset: boolean;
}
