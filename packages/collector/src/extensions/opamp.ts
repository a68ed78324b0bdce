import { createClientTls } from '@otelier/transport/tls';
import { issuesOf } from '../component/check.ts';
import { type ConfigIssue, type ConfigUse, defineExtension } from '../component/define.ts';
import { checkAuthenticator } from '../component/fields/authenticator-id.ts';
import { clientTlsOptions } from '../component/fields/client.ts';
import { checkStorage } from '../component/storage/storage-of.ts';
import { OpampAgent } from './opamp/agent.ts';
import { type OpampConfig, opampConfig } from './opamp/config.ts';

export const opamp = defineExtension({
  summary: 'Connects to an OpAMP server, which shows the status of the process and can change its configuration.',
  stability: 'alpha',
  config: opampConfig,
  examples: [
    {
      title: 'Status, health and the effective configuration over WebSocket',
      config: { server: { ws: { endpoint: 'wss://127.0.0.1:4320/v1/opamp' } } },
    },
    {
      title: 'Remote configuration over HTTP, with a token',
      config: {
        server: {
          http: {
            endpoint: 'https://opamp.example.com/v1/opamp',
            headers: { authorization: `Bearer \${env:OPAMP_TOKEN:-change-this}` },
            polling_interval: '10s',
          },
        },
        capabilities: { accepts_remote_config: true },
      },
    },
  ],
  describe: ({ server }) => endpointOf(server),
  check: (config, use) => [
    ...checkServer(config, use),
    ...checkRemote(config, use),
    ...checkStorage(config.storage, ['storage'], use),
  ],
  // Two connections with the same instance UID would confuse the server.
  exclusive: ({ server }) => [`opamp ${endpointOf(server)}`],
  create: (config, context) => new OpampAgent(config, context),
});

function endpointOf({ ws, http }: OpampConfig['server']): string {
  return ws?.endpoint ?? http?.endpoint ?? '';
}

function checkServer({ server }: OpampConfig, use: ConfigUse): ConfigIssue[] {
  return Object.entries(server).flatMap(([transport, settings]) => {
    if (settings === undefined) return [];
    const { auth, tls } = settings;
    const issues = issuesOf(() => createClientTls(clientTlsOptions(tls)), ['server', transport]);
    if (auth === undefined) return issues;
    const [wrong] = checkAuthenticator(auth, 'outgoing', [], use);
    return wrong === undefined ? issues : [...issues, { path: ['server', transport, 'auth'], message: wrong.message }];
  });
}

/** Only one server can determine the configuration. */
function checkRemote({ capabilities }: OpampConfig, { id, kind, type, running = [] }: ConfigUse): ConfigIssue[] {
  if (!capabilities.acceptsRemoteConfig) return [];
  const first = running.find(
    (other) =>
      other.kind === kind && other.type === type && (other.config as OpampConfig).capabilities.acceptsRemoteConfig,
  );
  if (first === undefined || first.id === id) return [];
  const message = `expected at most one opamp extension to accept it, got "${first.id}" as well`;
  return [{ path: ['capabilities', 'accepts_remote_config'], message }];
}
