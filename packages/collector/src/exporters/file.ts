import { resolve } from 'node:path';
import type { Batch, Outcome } from '@otelier/otlp';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import type { Lease } from '../component/host.ts';
import { duration, notYet, z } from '../component/schema.ts';
import { encodeRecord, type RecordFormat } from './file/record.ts';
import { RotatingFile } from './file/rotating-file.ts';

/** Writes telemetry to a file: OTLP/JSON, one request a line, or length-prefixed protobuf. */
export const file = defineExporter({
  summary: 'Writes telemetry to a file: OTLP/JSON, one request a line, or length-prefixed protobuf.',
  stability: 'beta',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: z
    .object({
      path: z.string().min(1).describe('The file; its folder is made when missing.'),
      format: z
        .enum(['json', 'proto'])
        .prefault('json')
        .describe('`json`: one request a line. `proto`: each request after its length in four bytes, big-endian.'),
      compression: z
        .enum(['none', 'zstd', ''])
        .prefault('none')
        .describe('`zstd` compresses each request by itself and writes it after its length, in either format.'),
      compressionParams: notYet('leave it out').describe('How hard to compress. Not available yet.'),
      append: z
        .boolean()
        .prefault(false)
        .describe('Whether to keep what the file holds at start. Not together with `rotation`, which always keeps it.'),
      flushInterval: duration().prefault('1s').describe('How often written data is forced to disk.'),
      rotation: z
        .object({
          maxMegabytes: z.int().min(1).prefault(100).describe('Size at which a new file is begun.'),
          maxDays: z.int().min(0).prefault(0).describe('Days after which rotated files are removed. 0 means never.'),
          maxBackups: z.int().min(0).prefault(100).describe('Most rotated files kept. 0 means all.'),
          localtime: z
            .boolean()
            .prefault(false)
            .describe('Whether names of rotated files carry local time instead of UTC.'),
        })
        .optional()
        .describe('Begin a new file when one is full. Without it the file grows without bound.'),
      createDirectory: z.boolean().optional().describe('Accepted and not used: a missing folder is always made.'),
      directoryPermissions: z.string().optional().describe('Accepted and not used: the umask of the process decides.'),
      encoding: notYet('use `format`').describe('Encoding by an extension. Not available yet.'),
      groupBy: z
        .object({
          enabled: notYet('write one file').describe('Whether to write a file for each value. Not available yet.'),
        })
        .loose()
        .optional()
        .describe('One file for each value of a resource attribute. Not available yet.'),
    })
    .superRefine(({ append, rotation }, issues) => {
      if (append && rotation !== undefined)
        issues.addIssue({
          code: 'custom',
          path: ['append'],
          message: 'expected false together with `rotation`, which always keeps what is there',
          input: append,
        });
    }),
  examples: [
    {
      title: 'OTLP/JSON lines, rotated',
      config: { path: './telemetry.jsonl', rotation: { max_megabytes: 50, max_backups: 5 } },
    },
    { title: 'Compressed protobuf', config: { path: './telemetry.pb', format: 'proto', compression: 'zstd' } },
  ],
  describe: ({ path }) => path,
  create: (config, context) => new FileExporter(config, context),
});

interface FileConfig {
  readonly path: string;
  readonly format: RecordFormat;
  readonly compression: 'none' | 'zstd' | '';
  readonly append: boolean;
  readonly flushInterval: number;
  readonly rotation?:
    | {
        readonly maxMegabytes: number;
        readonly maxDays: number;
        readonly maxBackups: number;
        readonly localtime: boolean;
      }
    | undefined;
}

/** A file with what its writers have to agree on. */
interface SharedFile {
  readonly file: RotatingFile;
  readonly settings: string;
  close(): Promise<void>;
}

/** One per signal; all of one path share the file, as the Collector's do. */
class FileExporter implements Exporter {
  readonly #config: FileConfig;
  readonly #context: SignalContext;
  #lease: Lease<SharedFile> | undefined;

  constructor(config: FileConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
  }

  async start(): Promise<void> {
    const path = resolve(this.#config.path);
    const lease = await this.#context.host.share(`file:${path}`, () => this.#open(path));
    if (lease.value.settings !== this.#settings()) {
      await lease.release();
      throw new Error(
        `path: expected a file of its own, got ${path}, which another exporter writes with other settings`,
      );
    }
    this.#lease = lease;
  }

  async consume(batch: Batch): Promise<Outcome> {
    const target = this.#lease?.value.file;
    if (target === undefined) return { kind: 'refused', reason: 'the file is closed' };
    const { format, compression } = this.#config;
    const records = batch.parts.map((part) => encodeRecord(batch.signal, part, format, compression || 'none'));
    try {
      await target.write(records);
      this.#context.reportStatus(undefined);
      return { kind: 'accepted' };
    } catch (error) {
      const reason = `cannot write ${this.#config.path}: ${words(error)}`;
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
    const { clock, logger } = this.#context;
    try {
      const file = await RotatingFile.open({
        path,
        append,
        flushIntervalMillis: flushInterval,
        rotation,
        clock,
        onError: (error) => logger.error({ reason: words(error), path }, 'The file is not kept as it should be.'),
      });
      return { file, settings: this.#settings(), close: () => file.close() };
    } catch (error) {
      throw new Error(`path: expected a file that can be written, got ${path}: ${words(error)}`, { cause: error });
    }
  }

  #settings(): string {
    const { path: _, ...rest } = this.#config;
    return JSON.stringify(rest);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
