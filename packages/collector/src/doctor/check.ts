import type { PipelineGraph, SendersReport } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Health } from '../component/host.ts';
import type { Diagnostic } from '../config/config-error.ts';
import type { ServiceConfig } from '../config/model.ts';
import type { CheckFinding } from './finding.ts';
import type { Sender } from './senders.ts';

/** What a check can read. */
export interface CheckContext {
  /** The running configuration, or the one to check. */
  readonly config: ServiceConfig;
  /** Errors and warnings about the configuration, as its sources are now. */
  readonly diagnostics: readonly Diagnostic[];
  readonly nowMillis: number;
  /** The running process. Without it, only the configuration and files are checked. */
  readonly live: LiveProcess | undefined;
}

/** What was observed of the running process. */
export interface LiveProcess {
  /** Snapshots of the pipeline graph, oldest first. */
  readonly graphs: readonly PipelineGraph[];
  /** The senders of the observed telemetry. */
  readonly senders: readonly Sender[];
  /** The programs that have sent over OTLP since the start. */
  readonly sending: SendersReport;
  readonly stores: ReadonlyMap<string, Store>;
  readonly health: Health;
}

/** A check of a process or a configuration. */
export interface Check {
  /** Name in reports, such as `certificates`. */
  readonly id: string;
  /** Whether it needs a running process. */
  readonly isLive: boolean;
  run(context: CheckContext): readonly CheckFinding[] | Promise<readonly CheckFinding[]>;
}

/** A check that needs a running process. */
export function liveCheck(
  id: string,
  run: (live: LiveProcess, context: CheckContext) => readonly CheckFinding[] | Promise<readonly CheckFinding[]>,
): Check {
  return { id, isLive: true, run: (context) => (context.live === undefined ? [] : run(context.live, context)) };
}

/** Returns the latest snapshot of the pipeline graph. */
export function latest({ graphs }: LiveProcess): PipelineGraph | undefined {
  return graphs.at(-1);
}
