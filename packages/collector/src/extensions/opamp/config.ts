import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { parseUuid } from '../../component/identity/uuid.ts';
import { duration, notYet, z } from '../../component/schema.ts';

function endpointField(schemes: readonly string[]) {
  return z.string().superRefine((endpoint, issues) => {
    const scheme = URL.canParse(endpoint) ? new URL(endpoint).protocol.slice(0, -1) : undefined;
    if (scheme !== undefined && schemes.includes(scheme)) return;
    const message = `expected a URL such as "${schemes[0]}://127.0.0.1:4320/v1/opamp"`;
    issues.addIssue({ code: 'custom', message, input: endpoint });
  });
}

const common = {
  tls: clientTlsField(),
  headers: headersField(),
  auth: z
    .string()
    .min(1)
    .optional()
    .describe('ID of the extension that adds credentials to requests, such as `oauth2_client`.'),
};

const NOT_SENT = 'set `service.telemetry` in the local configuration';

/** Configuration of the extension `opamp`: that of the Collector's extension, with capabilities of the OpAMP supervisor. */
export const opampConfig = z.object({
  server: z
    .object({
      ws: z
        .object({
          endpoint: endpointField(['wss', 'ws']).describe('`ws` or `wss` URL of the server, with its path.'),
          ...common,
        })
        .optional()
        .describe('Connects over WebSocket, so that messages of the server arrive at once.'),
      http: z
        .object({
          endpoint: endpointField(['https', 'http']).describe('`http` or `https` URL of the server, with its path.'),
          ...common,
          pollingInterval: duration()
            .refine((millis) => millis > 0, { error: 'expected an interval above 0' })
            .prefault('30s')
            .describe('Interval between requests if there is nothing to report.'),
        })
        .optional()
        .describe('Polls the server over HTTP.'),
    })
    .refine(({ ws, http }) => (ws === undefined) !== (http === undefined), { error: 'expected either ws or http' })
    .describe('OpAMP server.'),
  instanceUid: z
    .string()
    .refine((text) => parseUuid(text) !== undefined, { error: 'expected a UUID or a ULID' })
    .optional()
    .describe('Instance UID. Default: the one in `storage`, or `service.instance.id` of the process if it is a UUID.'),
  capabilities: z
    .object({
      reportsEffectiveConfig: z
        .boolean()
        .prefault(true)
        .describe('Whether to report the running configuration, with secrets redacted.'),
      reportsHealth: z
        .boolean()
        .prefault(true)
        .describe('Whether to report the health of the process and its components.'),
      reportsAvailableComponents: z
        .boolean()
        .prefault(true)
        .describe('Whether to report the components that a configuration can use.'),
      reportsHeartbeat: z
        .boolean()
        .prefault(true)
        .describe('Whether to send a message every 30 s over WebSocket, or at the interval that the server sets.'),
      acceptsRemoteConfig: z
        .boolean()
        .prefault(false)
        .describe('Whether the server can change the configuration of the process.'),
      reportsRemoteConfig: z
        .boolean()
        .optional()
        .describe('Whether to report the status of remote configurations. Default: as `accepts_remote_config`.'),
      acceptsRestartCommand: z
        .boolean()
        .prefault(false)
        .describe('Whether the server can restart all components except extensions.'),
      acceptsOpampConnectionSettings: notYet('set `server`').describe(
        'Connection settings of the server. Not supported yet.',
      ),
      reportsOwnMetrics: notYet(NOT_SENT).describe('Own metrics to a server. Not supported yet.'),
      reportsOwnLogs: notYet(NOT_SENT).describe('Own logs to a server. Not supported yet.'),
      reportsOwnTraces: notYet(NOT_SENT).describe('Own traces to a server. Not supported yet.'),
    })
    .prefault({})
    .describe('What the server can do and what it is told.'),
  agentDescription: z
    .object({
      nonIdentifyingAttributes: z
        .record(z.string(), z.string())
        .prefault({})
        .describe('Attributes that describe the process to the server.'),
      includeResourceAttributes: z
        .boolean()
        .prefault(false)
        .describe('Whether to add the attributes in `service.telemetry.resource`.'),
    })
    .prefault({})
    .describe('Description of the process.'),
  storage: z
    .string()
    .min(1)
    .optional()
    .describe('ID of the storage extension that keeps the instance UID and the remote configuration over restarts.'),
  ppid: z
    .int()
    .min(0)
    .prefault(0)
    .describe('Process ID of a supervisor. When that process ends, this one drains and ends as well. 0 means none.'),
  ppidPollInterval: duration().prefault('5s').describe('Interval at which the process `ppid` is checked.'),
});

/** The parsed configuration. */
export type OpampConfig = z.output<typeof opampConfig>;
