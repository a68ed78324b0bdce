import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { byteSize, ignored, notYet } from '../component/schema.ts';
import { checkStorage } from '../component/storage/storage-of.ts';
import { checkFiles } from './file_log/check.ts';
import { fileLogConfig } from './file_log/config.ts';
import { FileLogReceiver } from './file_log/receiver.ts';
import { JsonSink } from './otlp_json_file/json-sink.ts';

const attribute = () => ignored('items keep their attributes');
const wholeLines = () => ignored('each line is a request');

const config = fileLogConfig.omit({ operators: true, attributes: true, resource: true, header: true }).extend({
  maxLogSize: byteSize()
    .prefault('32MiB')
    .refine((size) => size > 0, { error: 'expected a size above 0' })
    .describe('Maximum size of a line, in bytes. Larger ones are dropped.'),
  maxLogSizeBehavior: wholeLines(),
  encoding: ignored('JSON is UTF-8'),
  multiline: wholeLines(),
  preserveLeadingWhitespaces: wholeLines(),
  preserveTrailingWhitespaces: wholeLines(),
  includeFileName: attribute(),
  includeFilePath: attribute(),
  includeFileNameResolved: attribute(),
  includeFilePathResolved: attribute(),
  includeFileOwnerName: attribute(),
  includeFileOwnerGroupName: attribute(),
  includeFilePermissions: attribute(),
  includeFileRecordNumber: attribute(),
  includeFileRecordOffset: attribute(),
  replayFile: notYet('use `otelier import`').describe('Whether to read files again and again. Not supported yet.'),
});

/** Options of `file_log` that do not apply. */
const FIXED = fileLogConfig
  .pick({
    ...{ encoding: true, multiline: true, maxLogSizeBehavior: true },
    ...{ preserveLeadingWhitespaces: true, preserveTrailingWhitespaces: true },
    ...{ includeFileName: true, includeFilePath: true, includeFileNameResolved: true, includeFilePathResolved: true },
    ...{ includeFileOwnerName: true, includeFileOwnerGroupName: true, includeFilePermissions: true },
    ...{ includeFileRecordNumber: true, includeFileRecordOffset: true },
  })
  .parse({ includeFileName: false });

export const otlpJsonFile = defineReceiver({
  summary: 'Reads files with a request of OTLP/JSON in each line, as the exporter `file` writes them.',
  stability: 'alpha',
  aliases: ['otlpjsonfile'],
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config,
  examples: [
    { title: 'All files of a directory', config: { include: ['/var/lib/otel/*.jsonl'], start_at: 'beginning' } },
    {
      title: 'Compressed files, which are deleted afterwards',
      config: {
        include: ['/var/lib/otel/*.jsonl.gz'],
        start_at: 'beginning',
        compression: 'auto',
        delete_after_read: true,
      },
    },
  ],
  describe: ({ include }) => include.join(', '),
  check: (options, use) => [
    ...checkFiles({ ...options, header: undefined }),
    ...checkStorage(options.storage, ['storage'], use),
  ],
  exclusive: ({ include, storage }) => [`otlp_json_file:${storage ?? ''}:${include.join(':')}`],
  create(options, next, context) {
    const files = { ...fileLogConfig.parse({ include: options.include }), ...defined(options), ...FIXED };
    return new FileLogReceiver(files, next, context, new JsonSink(next, context));
  },
});
