import { patch } from '../patch.ts';
import { type Carrier, carrierOf, isTraced } from './telemetry/carriers.ts';
import type { MessagingOptions } from './telemetry/messaging-options.ts';
import { MessagingTelemetry } from './telemetry/messaging-telemetry.ts';

export type { MessagingOptions } from './telemetry/messaging-options.ts';

/** The module `bullmq`, from version 5. */
export interface Bullmq {
  readonly Queue: { readonly prototype: object };
  readonly Worker: { readonly prototype: object };
}

/**
 * Instruments `bullmq`: jobs are added and processed in spans, which are connected by the job's option `telemetry`
 * (semantic conventions, "Messaging"). Queues and workers with an option `telemetry` of their own are left alone. Call the
 * result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentBullmq({ Queue, Worker }: Bullmq, options?: MessagingOptions): () => void {
  const telemetry = new MessagingTelemetry('bullmq', '@otelier/sdk/bullmq', options);
  const undo = [
    patch(
      Queue.prototype as Queue,
      'add',
      (add) =>
        async function (this: Queue, name, data, jobOptions) {
          const carrier = contextOf(jobOptions);
          const own = isTraced(carrier) ? [carrier] : [];
          const attributes = { [JOB_NAME]: name };
          const call = hasTelemetry(this) ? undefined : telemetry.send('add', { name: this.name }, 1, own, attributes);
          if (call === undefined) return add.call(this, name, data, jobOptions);
          return call.run(async () => {
            const job = await add.call(this, name, data, withContext(jobOptions, call.headers()));
            if (job.id !== undefined) call.end({ 'messaging.message.id': job.id });
            return job;
          });
        },
    ),
    patch(
      Queue.prototype as Queue,
      'addBulk',
      (addBulk) =>
        async function (this: Queue, jobs) {
          const own = jobs.map(({ opts }) => contextOf(opts)).filter(isTraced);
          const call = hasTelemetry(this)
            ? undefined
            : telemetry.send('addBulk', { name: this.name }, jobs.length, own);
          if (call === undefined) return addBulk.call(this, jobs);
          const added = jobs.map((job) => ({ ...job, opts: withContext(job.opts, call.headers()) }));
          return call.run(() => addBulk.call(this, added));
        },
    ),
    patch(
      Worker.prototype as Worker,
      'callProcessJob',
      (process) =>
        function (this: Worker, job, ...more) {
          const attributes = { [JOB_NAME]: job.name, ...(job.id !== undefined && { 'messaging.message.id': job.id }) };
          const carrier = contextOf(job.opts);
          const call = hasTelemetry(this)
            ? undefined
            : telemetry.process('process', { name: this.name }, [carrier], false, attributes);
          return call === undefined
            ? process.call(this, job, ...more)
            : call.run(() => process.call(this, job, ...more));
        },
    ),
  ];
  return () => {
    for (const each of undo) each();
  };
}

const hasTelemetry = ({ opts }: Queue | Worker): boolean => opts?.telemetry !== undefined;

/** Reads the context of a job, which is JSON as that of `bullmq-otel`. */
function contextOf(options: JobOptions | undefined): Carrier {
  try {
    return carrierOf(JSON.parse(options?.telemetry?.metadata ?? '{}') as Record<string, unknown>);
  } catch {
    return {};
  }
}

function withContext(options: JobOptions | undefined, headers: Carrier): JobOptions {
  const { telemetry } = options ?? {};
  if (telemetry?.metadata !== undefined || telemetry?.omitContext === true) return options ?? {};
  return { ...options, telemetry: { ...telemetry, metadata: JSON.stringify(headers) } };
}

const JOB_NAME = 'bullmq.job.name';

interface JobOptions {
  readonly telemetry?: { readonly metadata?: string; readonly omitContext?: boolean };
}

interface Job {
  readonly id?: string;
  readonly name: string;
  readonly opts?: JobOptions;
}

interface Queue {
  readonly name: string;
  readonly opts?: { readonly telemetry?: unknown };
  add(name: string, data: unknown, options?: JobOptions): Promise<Job>;
  addBulk(jobs: readonly { readonly name: string; readonly opts?: JobOptions }[]): Promise<readonly Job[]>;
}

interface Worker {
  readonly name: string;
  readonly opts?: { readonly telemetry?: unknown };
  callProcessJob(job: Job, ...more: unknown[]): unknown;
}
