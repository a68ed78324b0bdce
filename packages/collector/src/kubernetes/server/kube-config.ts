import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from '../../component/schema.ts';
import type { ApiAccess, ApiServer, Environment } from './api-server.ts';
import { type ExecCredential, ExecPlugin } from './exec-plugin.ts';

/** Which context of which file is used. */
export interface KubeConfigChoice {
  /** Default: the first file of `KUBECONFIG`, or `~/.kube/config`. */
  readonly path?: string | undefined;
  /** Default: the current context of the file. */
  readonly context?: string | undefined;
}

/**
 * Returns the API server of a kubeconfig context. Files with tokens and certificates are read again for every request, and
 * a plugin (`exec`) is run again when its credentials expire. Throws if the file names no server.
 */
export function kubeConfigServer(environment: Environment, choice: KubeConfigChoice = {}): ApiServer {
  const [listed] = (environment['KUBECONFIG'] ?? '').split(delimiter);
  const path = choice.path ?? (listed || join(environment['HOME'] ?? homedir(), '.kube', 'config'));
  const file = readKubeConfig(path);
  const name = choice.context || file['current-context'];
  const context = named(file.contexts, name, path, 'context').context;
  const { cluster } = named(file.clusters, context.cluster, path, 'cluster');
  const { user } = named(file.users, context.user, path, 'user');
  const url = cluster.server.replace(/\/$/, '');
  const directory = dirname(path);
  const plugin = user.exec && new ExecPlugin({ ...user.exec, directory, environment, server: url });
  const read = (credential?: ExecCredential): ApiAccess => accessOf(directory, cluster, user, credential);
  // Missing files are found at the start.
  if (plugin === undefined) read();
  return {
    url,
    proxyUrl: cluster['proxy-url'],
    access: async (signal) => read(plugin && (await plugin.credential(signal))),
    renew: () => plugin?.expire(),
  };
}

function readKubeConfig(path: string): z.output<typeof FILE> {
  const read = FILE.safeParse(parse(readFileSync(path, 'utf8')));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
}

function accessOf(directory: string, cluster: Cluster, user: User, credential: ExecCredential | undefined): ApiAccess {
  /** Returns the contents of a file, or of the field that contains them in base64. */
  const content = (filePath: string | undefined, data: string | undefined): string | undefined => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return filePath === undefined ? undefined : readFileSync(resolve(directory, filePath), 'utf8');
  };
  const ca = content(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const cert = credential?.certificate ?? content(user['client-certificate'], user['client-certificate-data']);
  const key = credential?.key ?? content(user['client-key'], user['client-key-data']);
  const authorization = authorizationOf(credential?.token ?? user.token ?? content(user.tokenFile, undefined), user);
  return {
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

function authorizationOf(token: string | undefined, { username, password = '' }: User): string | undefined {
  if (token !== undefined) return `Bearer ${token.trim()}`;
  return username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string, path: string, what: string): T {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${path}: expected the ${what} "${name}", got none`);
  return found;
}

const TEXT = z.string().optional();

const CLUSTER = z.object({
  server: z.string(),
  'certificate-authority': TEXT,
  'certificate-authority-data': TEXT,
  'insecure-skip-tls-verify': z.boolean().prefault(false),
  'tls-server-name': TEXT,
  'proxy-url': TEXT,
});

const USER = z.object({
  token: TEXT,
  tokenFile: TEXT,
  username: TEXT,
  password: TEXT,
  'client-certificate': TEXT,
  'client-certificate-data': TEXT,
  'client-key': TEXT,
  'client-key-data': TEXT,
  exec: z
    .object({
      apiVersion: z.string(),
      command: z.string(),
      args: z.array(z.string()).nullish(),
      env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
      interactiveMode: TEXT,
      installHint: TEXT,
    })
    .optional(),
});

type Cluster = z.output<typeof CLUSTER>;
type User = z.output<typeof USER>;

const FILE = z.object({
  'current-context': z.string().prefault(''),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: CLUSTER })),
  users: z.array(z.object({ name: z.string(), user: USER.nullish().transform((user) => user ?? USER.parse({})) })),
});
