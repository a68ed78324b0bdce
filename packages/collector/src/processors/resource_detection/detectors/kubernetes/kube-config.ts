import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from '../../../../component/schema.ts';
import type { DetectionContext } from '../../detector.ts';
import type { ApiServerSettings } from './api-server-settings.ts';

/**
 * Returns the settings of a kubeconfig context from the first file in `KUBECONFIG`, or `~/.kube/config`. Plugins
 * (`exec`) are not run.
 */
export function kubeConfigSettings(
  environment: DetectionContext['environment'],
  contextName: string,
): ApiServerSettings {
  const [listed] = (environment['KUBECONFIG'] ?? '').split(delimiter);
  const path = listed || join(environment['HOME'] ?? homedir(), '.kube', 'config');
  const file = FILE.parse(parse(readFileSync(path, 'utf8')));
  const name = contextName || file['current-context'];
  const context = named(file.contexts, name, path, 'context').context;
  const { cluster } = named(file.clusters, context.cluster, path, 'cluster');
  const { user } = named(file.users, context.user, path, 'user');
  /** Returns the contents of a file, or of the field that contains them in base64. */
  const content = (filePath: string | undefined, data: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return filePath === undefined ? undefined : readFileSync(resolve(dirname(path), filePath), 'utf8');
  };
  const ca = content(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const cert = content(user['client-certificate'], user['client-certificate-data']);
  const key = content(user['client-key'], user['client-key-data']);
  const token = user.token ?? content(user.tokenFile, undefined)?.trim();
  const basic =
    user.username === undefined
      ? undefined
      : `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  return {
    url: cluster.server.replace(/\/$/, ''),
    headers: authorization === undefined ? {} : { authorization },
    tls: {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(cluster['tls-server-name'] !== undefined && { servername: cluster['tls-server-name'] }),
      rejectUnauthorized: !cluster['insecure-skip-tls-verify'],
    },
  };
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string, path: string, what: string): T {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${path}: expected the ${what} "${name}", got none`);
  return found;
}

const TEXT = z.string().optional();

const FILE = z.object({
  'current-context': z.string().prefault(''),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.string(),
        'certificate-authority': TEXT,
        'certificate-authority-data': TEXT,
        'insecure-skip-tls-verify': z.boolean().prefault(false),
        'tls-server-name': TEXT,
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: TEXT,
        tokenFile: TEXT,
        username: TEXT,
        password: TEXT,
        'client-certificate': TEXT,
        'client-certificate-data': TEXT,
        'client-key': TEXT,
        'client-key-data': TEXT,
      }),
    }),
  ),
});
