import { resolve } from 'node:path';
import type { Batch, Outcome } from '@otelier/otlp';
import { encodingOutcome } from '@otelier/transport';
import { checkSharedPath } from '../component/check.ts';
import type { Exporter, SignalContext } from '../component/contract.ts';
import { defineExporter } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import type { Lease } from '../component/host.ts';
import { type FileConfig, fileConfig, zstdLevel } from './file/config.ts';
import { GroupedFiles } from './file/grouped-files.ts';
import { type FileGroup, type GroupedBatch, groupByAttribute } from './file/groups.ts';
import { openFile, settingsOf } from './file/open-file.ts';
import { encodeRecord } from './file/record.ts';

export const file = defineExporter({
  summary: 'Writes telemetry to a file, as lines of OTLP/JSON or length-prefixed protobuf.',
  stability: 'beta',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs'],
  config: fileConfig,
  examples: [
    {
      title: 'OTLP/JSON lines with rotation',
      config: { path: './telemetry.jsonl', rotation: { max_megabytes: 50, max_backups: 5 } },
    },
    {
      title: 'A file for each service',
      config: { path: './telemetry/*.jsonl', group_by: { enabled: true, resource_attribute: 'service.name' } },
    },
    { title: 'Compressed protobuf', config: { path: './telemetry.pb', format: 'proto', compression: 'zstd' } },
  ],
  describe: ({ path }) => path,
  check: (options, use) => checkSharedPath(options, 'path', use),
  exclusive: ({ path }) => [`file ${resolve(path)}`],
  create: (options, context) => new FileExporter(options, context),
});

/** Writes records: to the file of a value, or to the only file. */
interface Destination {
  write(records: readonly Uint8Array[], value: string): Promise<void>;
  release(): Promise<void>;
}

/** The exporter for one signal. Exporters with the same path share the files, as in the Collector. */
class FileExporter implements Exporter {
  readonly #config: FileConfig;
  readonly #context: SignalContext;
  #destination: Destination | undefined;

  constructor(options: FileConfig, context: SignalContext) {
    this.#config = options;
    this.#context = context;
  }

  async start(): Promise<void> {
    this.#destination = this.#config.groupBy.enabled ? await this.#openGroups() : await this.#openOne();
  }

  async consume(batch: Batch): Promise<Outcome> {
    const destination = this.#destination;
    if (destination === undefined) return { kind: 'refused', reason: 'the file exporter is shut down' };
    const { enabled, resourceAttribute } = this.#config.groupBy;
    const { groups, unassignedItems } = enabled ? groupByAttribute(batch, resourceAttribute) : whole(batch);
    const rejected = { items: unassignedItems, reason: `the resource has no text in "${resourceAttribute}"` };
    for (const group of groups) {
      const outcome = await this.#write(batch, group, destination);
      if (outcome.kind === 'retry') return outcome;
      if (outcome.kind !== 'refused') continue;
      if (rejected.items === 0) rejected.reason = outcome.reason;
      rejected.items += group.itemCount;
    }
    const { items: rejectedItems, reason } = rejected;
    if (rejectedItems === 0) return { kind: 'accepted' };
    return rejectedItems < batch.itemCount ? { kind: 'partial', rejectedItems, reason } : { kind: 'refused', reason };
  }

  async shutdown(): Promise<void> {
    const destination = this.#destination;
    this.#destination = undefined;
    await destination?.release();
  }

  async #write({ signal }: Batch, { requests, value }: FileGroup, destination: Destination): Promise<Outcome> {
    const { format, compression } = this.#config;
    let records: readonly Uint8Array[];
    try {
      records = requests.map((part) =>
        encodeRecord(signal, part, { format, compression: compression || 'none', level: zstdLevel(this.#config) }),
      );
    } catch (error) {
      return encodingOutcome(signal, error);
    }
    try {
      await destination.write(records, value);
      this.#context.reportStatus(undefined);
      return { kind: 'accepted' };
    } catch (error) {
      const file = this.#config.groupBy.enabled ? `${this.#config.path} for ${shown(value)}` : this.#config.path;
      const reason = `cannot write ${file}: ${errorMessage(error)}`;
      if (isInvalidPath(error)) return { kind: 'refused', reason };
      this.#context.reportStatus(reason);
      return { kind: 'retry', afterMillis: undefined, reason };
    }
  }

  async #openOne(): Promise<Destination> {
    const lease = await openFile(resolve(this.#config.path), this.#config, this.#context);
    return { write: (records) => lease.value.file.write(records), release: () => lease.release() };
  }

  async #openGroups(): Promise<Destination> {
    const { path } = this.#config;
    const open = async () => new GroupedFiles(this.#config, this.#context);
    const lease: Lease<GroupedFiles> = await this.#context.host.share(`files:${resolve(path)}`, open);
    if (lease.value.settings === settingsOf(this.#config))
      return { write: (records, value) => lease.value.write(records, value), release: () => lease.release() };
    await lease.release();
    throw new Error(`path: expected files that no other exporter writes with different settings, got ${path}`);
  }
}

function whole({ parts, itemCount }: Batch): GroupedBatch {
  return { groups: [{ value: '', requests: parts, itemCount }], unassignedItems: 0 };
}

/** Errors of a path that a value of telemetry makes, and that no retry changes. */
const INVALID_PATH = new Set(['ENAMETOOLONG', 'ENOTDIR', 'EISDIR', 'EEXIST', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

function isInvalidPath(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && INVALID_PATH.has(String(cause.code))) return true;
  return false;
}

/** Returns a value as it is shown in messages. */
function shown(value: string): string {
  return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
}

const MAX_SHOWN = 100;
