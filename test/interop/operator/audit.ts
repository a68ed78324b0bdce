import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The user that the operator is in a cluster. */
export const OPERATOR_USER = 'system:serviceaccount:otelier-operator:otelier-operator';

/** A request of the operator, as the API server has recorded it. */
export interface AuditedRequest {
  readonly verb: string;
  /** The type of the object, with its subresource: `collectors/status`. */
  readonly resource: string;
  readonly group: string;
  readonly status: number;
  readonly path: string;
}

interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number };
}

/** Writes the policy, and returns the options with which an API server records all requests. */
export async function auditOptions(directory: string): Promise<(logDirectory: string) => readonly string[]> {
  const policy = join(directory, 'audit-policy.json');
  const rules = [{ level: 'Metadata', omitStages: ['RequestReceived'] }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  return (logDirectory) => [`--audit-policy-file=${policy}`, `--audit-log-path=${join(logDirectory, 'audit.log')}`];
}

/** The requests of the operator, in the order of the log. */
export class Audit {
  readonly #path: string;

  constructor(logDirectory: string) {
    this.#path = join(logDirectory, 'audit.log');
  }

  /** Returns a place in the log, after the requests up to now. */
  async position(): Promise<number> {
    return (await stat(this.#path)).size;
  }

  /** Returns the requests since a place in the log. A watch counts when it begins. */
  async since(position: number): Promise<readonly AuditedRequest[]> {
    const file = await open(this.#path);
    try {
      const bytes = Buffer.alloc((await file.stat()).size - position);
      await file.read(bytes, 0, bytes.length, position);
      return bytes
        .toString('utf8')
        .split('\n')
        .flatMap((line) => requestOf(line));
    } finally {
      await file.close();
    }
  }

  /** Returns all requests. */
  async all(): Promise<readonly AuditedRequest[]> {
    return (await readFile(this.#path, 'utf8')).split('\n').flatMap((line) => requestOf(line));
  }
}

/** Returns how many requests there are of each kind, the most frequent first. */
export function countRequests(requests: readonly AuditedRequest[]): string {
  const counts = new Map<string, number>();
  for (const { verb, resource } of requests)
    counts.set(`${verb} ${resource}`, (counts.get(`${verb} ${resource}`) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} ${name}`).join(', ');
}

function requestOf(line: string): readonly AuditedRequest[] {
  if (!line.includes(OPERATOR_USER) || !line.endsWith('}')) return [];
  const { stage, verb, requestURI, user, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
  const isCounted =
    stage === (verb === 'watch' && responseStatus?.code === 200 ? 'ResponseStarted' : 'ResponseComplete');
  if (user.username !== OPERATOR_USER || !isCounted) return [];
  const { resource = '', subresource, apiGroup = '' } = objectRef ?? {};
  return [
    {
      verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      group: apiGroup,
      status: responseStatus?.code ?? 0,
      path: requestURI,
    },
  ];
}
