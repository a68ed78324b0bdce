import { patch } from '../patch.ts';
import { type Carrier, carrierOf, isTraced } from './telemetry/carriers.ts';
import type { MessagingOptions } from './telemetry/messaging-options.ts';
import { MessagingTelemetry } from './telemetry/messaging-telemetry.ts';

export type { MessagingOptions } from './telemetry/messaging-options.ts';

/** The module `bullmq`, from version 5. */
export interface Bullmq {
  readonly Queue: { readonly prototype: object };
  readonly Worker: { readonly prototype: object };
  /** Adds jobs that depend on others. */
  readonly FlowProducer?: { readonly prototype: object };
}

/**
 * Instruments `bullmq`: jobs are added and processed in spans, which are connected by the job's option `telemetry`
 * (semantic conventions, "Messaging"). A flow is added in one span, whose context all of its jobs carry. Queues and workers with an option `telemetry` of their own are left alone. Call the
 * result to undo it. Throws an `OptionError` that names the invalid option.
 */
export function instrumentBullmq({ Queue, Worker, FlowProducer }: Bullmq, options?: MessagingOptions): () => void {
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
    ...(FlowProducer === undefined ? [] : patchFlows(FlowProducer.prototype as FlowProducer, telemetry)),
  ];
  return () => {
    for (const each of undo) each();
  };
}

function patchFlows(prototype: FlowProducer, telemetry: MessagingTelemetry): readonly (() => void)[] {
  const inSpan = <T>(producer: FlowProducer, operation: string, flows: readonly Flow[], add: AddFlows<T>): T => {
    const nodes = flows.flatMap(nodesOf);
    const own = nodes.map(({ opts }) => contextOf(opts)).filter(isTraced);
    const [first] = flows;
    const name = flows.every((flow) => flow.queueName === first?.queueName) ? first?.queueName : undefined;
    const call = hasTelemetry(producer) ? undefined : telemetry.send(operation, { name }, nodes.length, own);
    if (call === undefined) return add(flows);
    return call.run(() => add(flows.map((flow) => withContextInFlow(flow, call.headers()))));
  };
  return [
    patch(
      prototype,
      'add',
      (add) =>
        function (this: FlowProducer, flow, ...more) {
          return inSpan(this, 'addFlow', [flow], ([node = flow]) => add.call(this, node, ...more));
        },
    ),
    patch(
      prototype,
      'addBulk',
      (addBulk) =>
        function (this: FlowProducer, flows) {
          return inSpan(this, 'addBulkFlows', flows, (nodes) => addBulk.call(this, nodes));
        },
    ),
  ];
}

function nodesOf(flow: Flow): readonly Flow[] {
  return [flow, ...(flow.children ?? []).flatMap(nodesOf)];
}

function withContextInFlow(flow: Flow, headers: Carrier): Flow {
  const children = flow.children?.map((child) => withContextInFlow(child, headers));
  return { ...flow, opts: withContext(flow.opts, headers), ...(children !== undefined && { children }) };
}

const hasTelemetry = ({ opts }: Queue | Worker | FlowProducer): boolean => opts?.telemetry !== undefined;

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

/** A job of a flow, which is processed after its children. */
interface Flow {
  readonly queueName: string;
  readonly opts?: JobOptions;
  readonly children?: readonly Flow[];
}

type AddFlows<T> = (flows: readonly Flow[]) => T;

interface FlowProducer {
  readonly opts?: { readonly telemetry?: unknown };
  add(flow: Flow, ...more: unknown[]): Promise<unknown>;
  addBulk(flows: readonly Flow[]): Promise<unknown>;
}
