import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The flow of the server example of opamp-go with otelier, as `record.ts` has recorded it. */
export interface Flow {
  /** Version of opamp-go. */
  readonly server: string;
  /** The local configuration, with `PORT` for the port of the server. */
  readonly config: string;
  /** The messages in both directions, as WebSocket frames in hex. */
  readonly messages: readonly { readonly from: 'agent' | 'server'; readonly frame: string }[];
  /** What the server has logged about the messages of the agent. */
  readonly understood: readonly string[];
}

/** Configurations that the flow offers: one that is applied, and one that is rolled back. */
export const OFFERS = {
  good: 'exporters: {nop/remote: {}}\nservice: {pipelines: {traces: {receivers: [otlp], exporters: [nop/remote]}}}\n',
  bad: 'service: {pipelines: {traces: {receivers: [otlp], exporters: [missing]}}}\n',
} as const;

const FILE = join(import.meta.dirname, 'flow.json');

/** Path of the recording. */
export const FLOW_FILE = FILE;

/** Reads the recording. */
export function readFlow(): Flow {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Flow;
}

/** The local configuration of the flow. */
export const LOCAL_CONFIG = `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {nop: {}}
extensions:
  opamp:
    server: {ws: {endpoint: "ws://127.0.0.1:PORT/v1/opamp"}}
    instance_uid: 01890a5d-ac96-774b-bcce-b302099a8057
    capabilities: {accepts_remote_config: true}
service:
  extensions: [opamp]
  pipelines: {traces: {receivers: [otlp], exporters: [nop]}}
`;
