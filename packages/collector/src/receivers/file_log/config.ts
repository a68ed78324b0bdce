import { patternField } from '../../component/fields/pattern.ts';
import { byteSize, duration, ignored, z } from '../../component/schema.ts';
import { encodingField, multilineField, whitespaceFields } from '../../component/text/splitter-config.ts';
import { operatorsField } from '../../operators/operators-field.ts';
import { entryOptionFields, retryField } from '../../operators/receiver-fields.ts';

const MIN_FINGERPRINT_BYTES = 16;

function include(what: string, isDefault = false) {
  return z.boolean().prefault(isDefault).describe(`Whether log records have the attribute \`${what}\`.`);
}

const orderingCriteria = z
  .object({
    regex: patternField('Regular expression whose named groups `sort_by` uses.'),
    topN: z
      .int()
      .min(0)
      .optional()
      .describe('Number of files to read, the first of the order. Default 1. 0 means all.'),
    groupBy: patternField(
      'Regular expression whose first group tells groups of files apart, which are ordered separately.',
    ),
    sortBy: z
      .array(
        z.object({
          sortType: z.enum(['numeric', 'alphabetical', 'timestamp', 'mtime']).describe('What is compared.'),
          regexKey: z.string().prefault('').describe('Named group of `regex`.'),
          ascending: z.boolean().prefault(false).describe('Whether the smallest is first.'),
          layout: z.string().prefault('').describe('Layout of timestamps, such as `%Y%m%d`.'),
          location: z.string().prefault('UTC').describe('Time zone of timestamps.'),
        }),
      )
      .prefault([])
      .describe('Criteria, the last of which is the most important one.'),
  })
  .prefault({})
  .describe('Reads only the first files of an order.');

/** The configuration of the receiver `file_log`. */
export const fileLogConfig = z.object({
  include: z.array(z.string()).min(1).describe('Globs of the files to read, such as `/var/log/**/*.log`.'),
  exclude: z.array(z.string()).prefault([]).describe('Globs of the files not to read.'),
  excludeOlderThan: duration()
    .prefault('0s')
    .describe('Age of the last change from which on files are not read. 0 means none.'),
  orderingCriteria,
  startAt: z
    .enum(['beginning', 'end'])
    .prefault('end')
    .describe('Where to begin in files that exist at the start and have no stored position.'),
  pollInterval: duration().prefault('200ms').describe('How often files are looked for and read.'),
  fingerprintSize: byteSize()
    .prefault(1000)
    .refine((size) => size >= MIN_FINGERPRINT_BYTES, { error: `expected at least ${MIN_FINGERPRINT_BYTES} bytes` })
    .describe('Number of bytes at the beginning of a file that identify it, also after it has been moved.'),
  maxConcurrentFiles: z.int().min(1).prefault(1024).describe('Maximum number of files that are open at a time.'),
  maxBatches: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Maximum number of groups of `max_concurrent_files` / 2 files per poll. 0 means no limit.'),
  initialBufferSize: ignored('files are read in pieces of 256 KiB', { schema: byteSize() }),
  maxLogSize: byteSize()
    .prefault('1MiB')
    .refine((size) => size > 0, { error: 'expected a size above 0' })
    .describe('Maximum size of a log record, in bytes.'),
  maxLogSizeBehavior: z
    .enum(['split', 'truncate'])
    .prefault('split')
    .describe('Whether the rest of a larger log record becomes another one or is left out.'),
  encoding: encodingField(),
  multiline: multilineField(),
  ...whitespaceFields,
  forceFlushPeriod: duration()
    .prefault('500ms')
    .describe('How long an incomplete log record at the end of a file waits for its rest. 0 means forever.'),
  includeFileName: include('log.file.name', true),
  includeFilePath: include('log.file.path'),
  includeFileNameResolved: include('log.file.name_resolved'),
  includeFilePathResolved: include('log.file.path_resolved'),
  includeFileOwnerName: include('log.file.owner.name'),
  includeFileOwnerGroupName: include('log.file.owner.group.name'),
  includeFilePermissions: include('log.file.permissions'),
  includeFileRecordNumber: include('log.file.record_number'),
  includeFileRecordOffset: include('log.file.record_offset'),
  header: z
    .object({
      pattern: patternField('Regular expression that all lines of the header match.'),
      metadataOperators: operatorsField(
        'Operators that parse the lines of the header. Their attributes become attributes of the log records.',
      ),
    })
    .optional()
    .describe('Lines at the beginning of files that describe the rest.'),
  compression: z
    .enum(['', 'gzip', 'auto'])
    .prefault('')
    .describe('Compression of the files: none, `gzip`, or `auto` to detect it for each file.'),
  deleteAfterRead: z
    .boolean()
    .prefault(false)
    .describe('Whether files are deleted when all of their log records are delivered. Requires `start_at: beginning`.'),
  onTruncate: z
    .enum(['ignore', 'read_whole_file', 'read_new'])
    .prefault('ignore')
    .describe('What to do with a file that becomes shorter and keeps its beginning.'),
  pollsToArchive: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Number of polls for which the position of a file that has disappeared is kept, beyond three.'),
  acquireFsLock: ignored('Node has no advisory locks', { schema: z.boolean(), effective: false }),
  fileCacheAdvise: ignored('Node has no advice for the page cache', { schema: z.boolean(), effective: false }),
  skipUnmodifiedFiles: ignored('files that have not changed are never read', { schema: z.boolean(), effective: true }),
  storage: z
    .string()
    .optional()
    .describe('ID of a storage extension for the positions in files, which survive a restart. Default: in memory.'),
  retryOnFailure: retryField(),
  ...entryOptionFields,
});

/** The parsed configuration of the receiver `file_log`. */
export type FileLogConfig = z.output<typeof fileLogConfig>;
