import type {
  AgentDescription,
  AgentToServer,
  AvailableComponents,
  ComponentHealth,
  ConnectionSettingsStatus,
  RemoteConfigStatus,
} from './messages.ts';

/** What an agent reports. An absent part is not reported. */
export interface AgentReport {
  readonly agentDescription: AgentDescription;
  readonly health?: ComponentHealth;
  readonly effectiveConfig?: NonNullable<AgentToServer['effectiveConfig']>;
  readonly remoteConfigStatus?: RemoteConfigStatus;
  readonly availableComponents?: AvailableComponents;
  readonly connectionSettingsStatus?: ConnectionSettingsStatus;
}

/** A part of a report. */
export type ReportPart = keyof AgentReport;

const PARTS: readonly ReportPart[] = [
  'agentDescription',
  'health',
  'effectiveConfig',
  'remoteConfigStatus',
  'availableComponents',
  'connectionSettingsStatus',
];

/** The current status of an agent, and the parts of it that the server does not know yet (OpAMP, "Agent Status Compression"). */
export class ReportState {
  #report: AgentReport;
  readonly #unsent = new Set<ReportPart>(PARTS);
  /** Whether the server asked for all details of the components. */
  #detailsRequested = false;

  constructor(report: AgentReport) {
    this.#report = report;
  }

  /** Whether there is anything that the server does not know. */
  get hasUnsent(): boolean {
    return this.#unsent.size > 0;
  }

  /** Changes a part. */
  set<Part extends ReportPart>(part: Part, value: NonNullable<AgentReport[Part]>): void {
    this.#report = { ...this.#report, [part]: value };
    this.#unsent.add(part);
  }

  /** Makes the next message contain everything. */
  resendAll(): void {
    for (const part of PARTS) this.#unsent.add(part);
  }

  /** Makes the next message contain all details of the components, of which only the hash is sent otherwise. */
  resendComponents(): void {
    this.#detailsRequested = true;
    this.#unsent.add('availableComponents');
  }

  /** Returns the parts for the next message. From then on, the server is expected to know them. */
  take(): Partial<AgentReport> {
    const parts: Partial<Record<ReportPart, unknown>> = {};
    for (const part of this.#unsent) parts[part] = this.#report[part];
    const { availableComponents } = this.#report;
    if (availableComponents?.hash !== undefined && parts.availableComponents !== undefined && !this.#detailsRequested)
      parts.availableComponents = { hash: availableComponents.hash };
    this.#detailsRequested = false;
    this.#unsent.clear();
    return parts as Partial<AgentReport>;
  }
}
