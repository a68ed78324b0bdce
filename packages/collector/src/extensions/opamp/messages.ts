import type { MessageSchema } from './protobuf.ts';

/** Status that an agent reports, and its requests (OpAMP specification, "AgentToServer Message"). */
export interface AgentToServer {
  readonly instanceUid?: Uint8Array;
  readonly sequenceNum?: number;
  readonly agentDescription?: AgentDescription;
  readonly capabilities?: number;
  readonly health?: ComponentHealth;
  readonly effectiveConfig?: { readonly configMap?: AgentConfigMap };
  readonly remoteConfigStatus?: RemoteConfigStatus;
  readonly agentDisconnect?: object;
  readonly flags?: number;
  readonly availableComponents?: AvailableComponents;
  readonly connectionSettingsStatus?: ConnectionSettingsStatus;
}

/** Configuration, settings and commands from a server (OpAMP specification, "ServerToAgent Message"). */
export interface ServerToAgent {
  readonly instanceUid?: Uint8Array;
  readonly errorResponse?: ServerErrorResponse;
  readonly remoteConfig?: AgentRemoteConfig;
  readonly connectionSettings?: ConnectionSettingsOffers;
  readonly flags?: number;
  readonly capabilities?: number;
  readonly agentIdentification?: { readonly newInstanceUid?: Uint8Array };
  readonly command?: { readonly type?: number };
}

/** A named attribute. The value is one of the scalar types. */
export interface KeyValue {
  readonly key?: string;
  readonly value?: { readonly stringValue?: string };
}

/** The attributes that identify an agent, and others that describe where it runs. */
export interface AgentDescription {
  readonly identifyingAttributes?: readonly KeyValue[];
  readonly nonIdentifyingAttributes?: readonly KeyValue[];
}

/** The health of an agent or one of its components. */
export interface ComponentHealth {
  readonly healthy?: boolean;
  readonly startTimeUnixNano?: bigint;
  readonly lastError?: string;
  readonly status?: string;
  readonly statusTimeUnixNano?: bigint;
  readonly componentHealthMap?: ReadonlyMap<string, ComponentHealth>;
}

/** Configuration files by name. The name of a single file can be empty. */
export interface AgentConfigMap {
  readonly configMap?: ReadonlyMap<string, { readonly body?: Uint8Array; readonly contentType?: string }>;
}

/** The status of the last configuration that the server offered. */
export interface RemoteConfigStatus {
  readonly lastRemoteConfigHash?: Uint8Array;
  readonly status?: number;
  readonly errorMessage?: string;
}

/** The components that a configuration can use. */
export interface AvailableComponents {
  readonly components?: ReadonlyMap<string, ComponentDetails>;
  readonly hash?: Uint8Array;
}

/** A component, or a group of them. */
export interface ComponentDetails {
  readonly metadata?: readonly KeyValue[];
  readonly subComponentMap?: ReadonlyMap<string, ComponentDetails>;
}

/** The status of the last connection settings that the server offered. */
export interface ConnectionSettingsStatus {
  readonly lastConnectionSettingsHash?: Uint8Array;
  readonly status?: number;
  readonly errorMessage?: string;
}

/** An error of the server. */
export interface ServerErrorResponse {
  readonly type?: number;
  readonly errorMessage?: string;
  readonly retryInfo?: { readonly retryAfterNanoseconds?: number };
}

/** A configuration that the server offers. */
export interface AgentRemoteConfig {
  readonly config?: AgentConfigMap;
  readonly configHash?: Uint8Array;
}

/** Settings of connections that the server offers. Of those for telemetry, only the presence is read. */
export interface ConnectionSettingsOffers {
  readonly hash?: Uint8Array;
  readonly opamp?: OpampConnectionSettings;
  readonly ownMetrics?: object;
  readonly ownTraces?: object;
  readonly ownLogs?: object;
  readonly otherConnections?: ReadonlyMap<string, object>;
}

/** Settings of the connection to the OpAMP server. */
export interface OpampConnectionSettings {
  readonly destinationEndpoint?: string;
  readonly headers?: { readonly headers?: readonly { readonly key?: string; readonly value?: string }[] };
  readonly certificate?: { readonly cert?: Uint8Array; readonly privateKey?: Uint8Array; readonly caCert?: Uint8Array };
  readonly heartbeatIntervalSeconds?: number;
  readonly tls?: { readonly caPemContents?: string; readonly insecureSkipVerify?: boolean };
  readonly proxy?: { readonly url?: string };
}

/** Bits of `AgentToServer.capabilities`. */
export const CAPABILITY = {
  reportsStatus: 0x1,
  acceptsRemoteConfig: 0x2,
  reportsEffectiveConfig: 0x4,
  acceptsOpampConnectionSettings: 0x100,
  acceptsRestartCommand: 0x400,
  reportsHealth: 0x800,
  reportsRemoteConfig: 0x1000,
  reportsHeartbeat: 0x2000,
  reportsAvailableComponents: 0x4000,
  reportsConnectionSettingsStatus: 0x8000,
} as const;

/** Bits of `ServerToAgent.flags`. */
export const SERVER_FLAG = { reportFullState: 1, reportAvailableComponents: 2 } as const;

/** Values of `RemoteConfigStatus.status` and `ConnectionSettingsStatus.status`. */
export const APPLY_STATUS = { unset: 0, applied: 1, applying: 2, failed: 3 } as const;

/** Values of `ServerErrorResponse.type`. */
export const SERVER_ERROR = { unknown: 0, badRequest: 1, unavailable: 2 } as const;

/** Value of `ServerToAgentCommand.type`. */
export const RESTART_COMMAND = 0;

const keyValue: MessageSchema<KeyValue> = {
  key: { number: 1, type: 'string' },
  value: { number: 2, type: () => anyValue },
};

const anyValue: MessageSchema<NonNullable<KeyValue['value']>> = { stringValue: { number: 1, type: 'string' } };

const agentDescription: MessageSchema<AgentDescription> = {
  identifyingAttributes: { number: 1, type: () => keyValue, many: 'list' },
  nonIdentifyingAttributes: { number: 2, type: () => keyValue, many: 'list' },
};

const componentHealth: MessageSchema<ComponentHealth> = {
  healthy: { number: 1, type: 'bool' },
  startTimeUnixNano: { number: 2, type: 'fixed64' },
  lastError: { number: 3, type: 'string' },
  status: { number: 4, type: 'string' },
  statusTimeUnixNano: { number: 5, type: 'fixed64' },
  componentHealthMap: { number: 6, type: () => componentHealth, many: 'map' },
};

const agentConfigFile: MessageSchema<{ body?: Uint8Array; contentType?: string }> = {
  body: { number: 1, type: 'bytes' },
  contentType: { number: 2, type: 'string' },
};

const agentConfigMap: MessageSchema<AgentConfigMap> = {
  configMap: { number: 1, type: () => agentConfigFile, many: 'map' },
};

const remoteConfigStatus: MessageSchema<RemoteConfigStatus> = {
  lastRemoteConfigHash: { number: 1, type: 'bytes' },
  status: { number: 2, type: 'uint64' },
  errorMessage: { number: 3, type: 'string' },
};

const componentDetails: MessageSchema<ComponentDetails> = {
  metadata: { number: 1, type: () => keyValue, many: 'list' },
  subComponentMap: { number: 2, type: () => componentDetails, many: 'map' },
};

const availableComponents: MessageSchema<AvailableComponents> = {
  components: { number: 1, type: () => componentDetails, many: 'map' },
  hash: { number: 2, type: 'bytes' },
};

const connectionSettingsStatus: MessageSchema<ConnectionSettingsStatus> = {
  lastConnectionSettingsHash: { number: 1, type: 'bytes' },
  status: { number: 2, type: 'uint64' },
  errorMessage: { number: 3, type: 'string' },
};

const empty = {} as const satisfies MessageSchema<object>;

/** Schema of `AgentToServer`. */
export const agentToServer: MessageSchema<AgentToServer> = {
  instanceUid: { number: 1, type: 'bytes' },
  sequenceNum: { number: 2, type: 'uint64' },
  agentDescription: { number: 3, type: () => agentDescription },
  capabilities: { number: 4, type: 'uint64' },
  health: { number: 5, type: () => componentHealth },
  effectiveConfig: { number: 6, type: () => ({ configMap: { number: 1, type: () => agentConfigMap } }) },
  remoteConfigStatus: { number: 7, type: () => remoteConfigStatus },
  agentDisconnect: { number: 9, type: () => empty },
  flags: { number: 10, type: 'uint64' },
  availableComponents: { number: 14, type: () => availableComponents },
  connectionSettingsStatus: { number: 15, type: () => connectionSettingsStatus },
};

const serverErrorResponse: MessageSchema<ServerErrorResponse> = {
  type: { number: 1, type: 'uint64' },
  errorMessage: { number: 2, type: 'string' },
  retryInfo: { number: 3, type: () => ({ retryAfterNanoseconds: { number: 1, type: 'uint64' } }) },
};

const agentRemoteConfig: MessageSchema<AgentRemoteConfig> = {
  config: { number: 1, type: () => agentConfigMap },
  configHash: { number: 2, type: 'bytes' },
};

const header: MessageSchema<{ key?: string; value?: string }> = {
  key: { number: 1, type: 'string' },
  value: { number: 2, type: 'string' },
};

const opampConnectionSettings: MessageSchema<OpampConnectionSettings> = {
  destinationEndpoint: { number: 1, type: 'string' },
  headers: { number: 2, type: () => ({ headers: { number: 1, type: () => header, many: 'list' } }) },
  certificate: {
    number: 3,
    type: () => ({
      cert: { number: 1, type: 'bytes' },
      privateKey: { number: 2, type: 'bytes' },
      caCert: { number: 3, type: 'bytes' },
    }),
  },
  heartbeatIntervalSeconds: { number: 4, type: 'uint64' },
  tls: {
    number: 5,
    type: () => ({ caPemContents: { number: 1, type: 'string' }, insecureSkipVerify: { number: 3, type: 'bool' } }),
  },
  proxy: { number: 6, type: () => ({ url: { number: 1, type: 'string' } }) },
};

const connectionSettingsOffers: MessageSchema<ConnectionSettingsOffers> = {
  hash: { number: 1, type: 'bytes' },
  opamp: { number: 2, type: () => opampConnectionSettings },
  ownMetrics: { number: 3, type: () => empty },
  ownTraces: { number: 4, type: () => empty },
  ownLogs: { number: 5, type: () => empty },
  otherConnections: { number: 6, type: () => empty, many: 'map' },
};

/** Schema of `ServerToAgent`. */
export const serverToAgent: MessageSchema<ServerToAgent> = {
  instanceUid: { number: 1, type: 'bytes' },
  errorResponse: { number: 2, type: () => serverErrorResponse },
  remoteConfig: { number: 3, type: () => agentRemoteConfig },
  connectionSettings: { number: 4, type: () => connectionSettingsOffers },
  flags: { number: 6, type: 'uint64' },
  capabilities: { number: 7, type: 'uint64' },
  agentIdentification: { number: 8, type: () => ({ newInstanceUid: { number: 1, type: 'bytes' } }) },
  command: { number: 9, type: () => ({ type: { number: 1, type: 'uint64' } }) },
};
