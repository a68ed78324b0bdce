import { resolve } from 'node:path';
import type { Batch, Outcome } from '@otelier/otlp';
import { encodingOutcome } from '@otelier/transport';
import { checkSharedPath } from '../component/check.ts';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import type { Host, Lease } from '../component/host.ts';
import { duration, ignored, notYet, z } from '../component/schema.ts';
import { encodeRecord } from './file/record.ts';
import { RotatingFile } from './file/rotating-file.ts';

const config = z
  .object({
    path: z.string().min(1).describe('File path. Missing directories are created.'),
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
    compressionParams: notYet('leave it out').describe('Compression level. Not supported yet.'),
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
      .describe('File rotation. Without it, the file grows without limit.'),
    createDirectory: ignored('missing directories are always created', {
      schema: z.boolean(),
      effective: true,
    }),
    directoryPermissions: ignored('the umask of the process applies', { schema: z.string() }),
    encoding: notYet('use `format`').describe('Encoding extension. Not supported yet.'),
    groupBy: z
      .object({
        enabled: notYet('write one file').describe('Whether to write one file per value. Not supported yet.'),
      })
      .loose()
      .optional()
      .describe('One file per value of a resource attribute. Not supported yet.'),
  })
  .superRefine(({ append, rotation }, issues) => {
    if (append && rotation !== undefined)
      issues.addIssue({
        code: 'custom',
        path: ['append'],
        message: 'expected false with `rotation`, which always keeps the content',
        input: append,
      });
  });

export const file = defineExporter({
  summary: 'Writes telemetry to a file, as lines of OTLP/JSON or length-prefixed protobuf.',
  stability: 'beta',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config,
  examples: [
    {
      title: 'OTLP/JSON lines with rotation',
      config: { path: './telemetry.jsonl', rotation: { max_megabytes: 50, max_backups: 5 } },
    },
    { title: 'Compressed protobuf', config: { path: './telemetry.pb', format: 'proto', compression: 'zstd' } },
  ],
  describe: ({ path }) => path,
  check: (options, use) => checkSharedPath(options, 'path', use),
  exclusive: ({ path }) => [`file ${resolve(path)}`],
  create: (options, context) => new FileExporter(options, context),
});

type FileConfig = z.output<typeof config>;

/** An open file, and the settings that all of its exporters must agree on. */
interface SharedFile {
  readonly file: RotatingFile;
  readonly settings: string;
  close(): Promise<void>;
}

/** The exporter for one signal. Exporters with the same path share the file, as in the Collector. */
/** Paths that the exporters of a service have opened. */
const WRITTEN = new WeakMap<Host, Set<string>>();

class FileExporter implements Exporter {
  readonly #config: FileConfig;
  readonly #context: SignalContext;
  #lease: Lease<SharedFile> | undefined;

  constructor(options: FileConfig, context: SignalContext) {
    this.#config = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    const path = resolve(this.#config.path);
    const lease = await this.#context.host.share(`file:${path}`, () => this.#open(path));
    if (lease.value.settings !== this.#settings()) {
      await lease.release();
      throw new Error(`path: expected a file that no other exporter writes with different settings, got ${path}`);
    }
    this.#lease = lease;
  }

  async consume(batch: Batch): Promise<Outcome> {
    const target = this.#lease?.value.file;
    if (target === undefined) return { kind: 'refused', reason: 'the file exporter is shut down' };
    const { format, compression } = this.#config;
    let records: readonly Uint8Array[];
    try {
      records = batch.parts.map((part) => encodeRecord(batch.signal, part, format, compression || 'none'));
    } catch (error) {
      return encodingOutcome(batch.signal, error);
    }
    try {
      await target.write(records);
      this.#context.reportStatus(undefined);
      return { kind: 'accepted' };
    } catch (error) {
      const reason = `cannot write ${this.#config.path}: ${errorMessage(error)}`;
      this.#context.reportStatus(reason);
      return { kind: 'retry', afterMillis: undefined, reason };
    }
  }

  async shutdown(): Promise<void> {
    await this.#lease?.release();
    this.#lease = undefined;
  }

  async #open(path: string): Promise<SharedFile> {
    const { append, flushInterval, rotation } = this.#config;
    const { clock, host, logger } = this.#context;
    // A reload opens the file again, and must keep what this process has written.
    const written = WRITTEN.get(host) ?? new Set();
    WRITTEN.set(host, written);
    try {
      const file = await RotatingFile.open({
        path,
        append: append || written.has(path),
        flushIntervalMillis: flushInterval,
        rotation,
        clock,
        onError: (error) => logger.error({ reason: errorMessage(error), path }, 'file maintenance failed'),
      });
      written.add(path);
      return { file, settings: this.#settings(), close: () => file.close() };
    } catch (error) {
      throw new Error(`path: expected a writable file, got ${path}: ${errorMessage(error)}`, { cause: error });
    }
  }

  #settings(): string {
    const { path: _, ...rest } = this.#config;
    return JSON.stringify(rest);
  }
}
