import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkSharedPath } from '../component/check.ts';
import { type ConfigIssue, defineExtension } from '../component/define.ts';
import { encryption } from '../component/encryption/encryption-config.ts';
import type { Lease } from '../component/host.ts';
import { createOfferingExtension } from '../component/offering-extension.ts';
import { byteSize, duration, ignored, z } from '../component/schema.ts';
import type { StorageExtension } from '../component/storage/contract.ts';
import { StorageDirectory } from './file_storage/directory.ts';

const COMPACTION = 'delivered records are removed with their files, so that nothing is compacted';

const config = z.object({
  directory: z
    .string()
    .min(1)
    .prefault('/var/lib/otelcol/file_storage')
    .describe('Directory of the files. Only one process at a time can use it.'),
  timeout: duration().prefault('1s').describe('How long a start waits for another process to release the directory.'),
  fsync: z
    .boolean()
    .prefault(true)
    .describe(
      'Whether a batch is accepted only after fsync. Batches that arrive together share one. Without it, accepted batches survive a crash of the process, but not a power failure.',
    ),
  maxSize: byteSize()
    .prefault(0)
    .describe(
      'Maximum size of the files of each queue. Batches beyond it are rejected as retryable. 0 means no limit.',
    ),
  createDirectory: z.boolean().prefault(false).describe('Whether to create the directory if it is missing.'),
  directoryPermissions: z
    .string()
    .regex(/^0?[0-7]{3}$/, 'expected octal permissions such as "0750"')
    .prefault('0750')
    .describe('Permissions of a created directory, minus the umask of the process.'),
  encryption: encryption(),
  recreate: ignored('damaged files are always set aside, and the rest is delivered', { schema: z.boolean() }),
  compaction: z
    .object({
      directory: ignored(COMPACTION, { schema: z.string() }),
      onStart: ignored(COMPACTION, { schema: z.boolean(), effective: false }),
      onRebound: ignored(COMPACTION, { schema: z.boolean(), effective: false }),
      reboundNeededThresholdMib: ignored(COMPACTION, { schema: z.int().min(0) }),
      reboundTriggerThresholdMib: ignored(COMPACTION, { schema: z.int().min(0) }),
      maxTransactionSize: ignored(COMPACTION, { schema: z.int().min(0) }),
      checkInterval: ignored(COMPACTION, { schema: duration() }),
      cleanupOnStart: ignored(COMPACTION, { schema: z.boolean(), effective: false }),
    })
    .optional()
    .describe('Compaction, which the queue files do not need.'),
});

type Config = z.output<typeof config>;

export const fileStorage = defineExtension({
  summary: 'Stores the queues of exporters and the state of other components on disk.',
  stability: 'beta',
  offersStorage: true,
  config,
  examples: [
    {
      title: 'A directory that is created at the first start',
      config: { directory: './queues', create_directory: true },
    },
    {
      title: 'At most 2 GiB for each queue, without fsync',
      config: { directory: './queues', create_directory: true, max_size: '2GiB', fsync: false },
    },
    {
      title: 'Encrypted, with keys in a file',
      config: {
        directory: './queues',
        create_directory: true,
        encryption: { provider: 'file', path: './otelier-keys' },
      },
    },
  ],
  describe: ({ directory }) => directory,
  check: (options, use) => [...checkDirectory(options), ...checkSharedPath(options, 'directory', use)],
  create(options, context) {
    let lease: Lease<StorageDirectory> | undefined;
    const open = async (): Promise<StorageExtension> => {
      const directory = resolve(options.directory);
      lease = await context.host.share(`file_storage:${directory}`, () =>
        StorageDirectory.open(directory, {
          timeoutMillis: options.timeout,
          createMode: options.createDirectory ? Number.parseInt(options.directoryPermissions, 8) : undefined,
          context,
          encryption: options.encryption,
        }),
      );
      if (lease.value.isEncrypted !== (options.encryption !== undefined)) {
        throw new Error('encryption: expected the same setting as before the reload; restart to change it');
      }
      // After a reload, the new settings apply to queues that stay open as well.
      lease.value.configure({ fsync: options.fsync, maxBytes: options.maxSize || Number.POSITIVE_INFINITY });
      return lease.value;
    };
    return createOfferingExtension(open, async () => lease?.release());
  },
});

function checkDirectory({ directory, createDirectory }: Config): ConfigIssue[] {
  const path = ['directory'];
  if (existsSync(directory)) {
    if (statSync(directory).isDirectory()) return [];
    return [{ path, message: `expected a directory, got the file "${directory}"` }];
  }
  if (createDirectory) return [];
  return [{ path, message: `expected an existing directory, or create_directory: true, got "${directory}"` }];
}
