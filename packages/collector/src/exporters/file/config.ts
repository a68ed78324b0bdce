import { constants } from 'node:zlib';
import { duration, ignored, notYet, z } from '../../component/schema.ts';

/** Levels that the Collector accepts for zstd. 0 means its default. */
const LEVELS = [0, 1, 3, 6, 11] as const;
/** The Collector's permissions of directories. */
const DIRECTORY_MODE = 0o755;

export const fileConfig = z
  .object({
    path: z
      .string()
      .min(1)
      .describe('File path. Missing directories are created. With `group_by`, it contains one `*`.'),
    format: z
      .enum(['json', 'proto'])
      .prefault('json')
      .describe(
        '`json` writes one request per line. `proto` writes each request after its length (4 bytes, big-endian).',
      ),
    compression: z
      .enum(['none', 'zstd', ''])
      .prefault('none')
      .describe('`zstd` compresses each request and writes it after its length, in both formats.'),
    compressionParams: z
      .object({
        level: z.literal(LEVELS).prefault(0).describe('Level of zstd: 1 (fast), 3, 6 or 11 (small). 0 means 3.'),
      })
      .prefault({})
      .describe('How `zstd` compresses.'),
    append: z
      .boolean()
      .prefault(false)
      .describe(
        'Whether to keep the contents of an existing file. Not allowed with `rotation`, which always keeps it.',
      ),
    flushInterval: duration().prefault('1s').describe('Interval at which written data is synced to disk.'),
    rotation: z
      .object({
        maxMegabytes: z.int().min(1).prefault(100).describe('Maximum size of a file before it is rotated.'),
        maxDays: z.int().min(0).prefault(0).describe('Maximum age of rotated files, in days. 0 means no limit.'),
        maxBackups: z.int().min(0).prefault(100).describe('Maximum number of rotated files. 0 means no limit.'),
        localtime: z.boolean().prefault(false).describe('Whether rotated file names use local time instead of UTC.'),
      })
      .optional()
      .describe(
        'File rotation. Without it, the file grows without limit. A full file is renamed with the time, such as `traces-2026-11-24T10-00-00.000-size.jsonl`.',
      ),
    createDirectory: ignored('missing directories are always created', {
      schema: z.boolean(),
      effective: true,
    }),
    directoryPermissions: z
      .string()
      .regex(/^0?[0-7]{3}$/, { error: 'expected octal digits such as "0755"' })
      .optional()
      .describe('Mode of created directories, in octal digits, minus the umask of the process. Default: `0755`.'),
    encoding: notYet('use `format`').describe('ID of an encoding extension. otelier has none.'),
    groupBy: z
      .object({
        enabled: z.boolean().prefault(false).describe('Whether there is a file for each value.'),
        resourceAttribute: z
          .string()
          .min(1)
          .prefault('fileexporter.path_segment')
          .describe('Resource attribute whose value replaces the `*` of `path`.'),
        maxOpenFiles: z
          .int()
          .min(1)
          .prefault(100)
          .describe('Maximum number of open files. The least recently used one is closed, and appended to later.'),
      })
      .prefault({})
      .describe('One file per value of a resource attribute. Items of resources without it are rejected.'),
  })
  .superRefine(({ path, append, rotation, groupBy }, issues) => {
    const report = (field: string, message: string, input: unknown) =>
      issues.addIssue({ code: 'custom', path: [field], message, input });
    if (append && rotation !== undefined)
      report('append', 'expected false with `rotation`, which always keeps the content', append);
    if (groupBy.enabled && !/^[^*]+\*[^*]*$/.test(path))
      report('path', 'expected exactly one `*`, not at the start, with `group_by`', path);
  });

export type FileConfig = z.output<typeof fileConfig>;

/** Returns the mode of directories that are created. */
export function directoryMode({ directoryPermissions }: FileConfig): number {
  return directoryPermissions === undefined ? DIRECTORY_MODE : Number.parseInt(directoryPermissions, 8);
}

/** Returns the level of zstd. */
export function zstdLevel({ compressionParams: { level } }: FileConfig): number {
  return level === 0 ? constants.ZSTD_CLEVEL_DEFAULT : level;
}
