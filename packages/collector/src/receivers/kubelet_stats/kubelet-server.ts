import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpRequest } from '../../component/http/http-request.ts';
import { requestTls } from '../../component/http/request-tls.ts';
import { VERSION } from '../../component/version.ts';
import { type ApiServer, apiServer, type Environment } from '../../kubernetes/server/api-server.ts';
import { kubeConfigServer } from '../../kubernetes/server/kube-config.ts';
import type { KubeletConfig } from './config.ts';

const SECURE_PORT = 10_250;
const READ_ONLY_PORT = 10_255;
/** A node has at most some hundred pods, of about 5 kB each. */
const MAX_BYTES = 64 << 20;

/** Reads a path of the kubelet. Rejects unless the status is 200. */
export type ReadKubelet = (path: string, signal: AbortSignal) => Promise<string>;

/** Returns a function that reads the kubelet of a configuration. Throws if files cannot be read. */
export function kubeletReader(config: KubeletConfig, environment: Environment, hostName: string): ReadKubelet {
  const server = kubeletServer(config, environment, hostName);
  return async (path, signal) => {
    const { headers, tls } = await server.access(signal);
    const response = await httpRequest(server.url + path, {
      headers: { ...headers, accept: 'application/json', 'user-agent': `otelier/${VERSION}` },
      ...{ tls, signal, maxBytes: MAX_BYTES },
    });
    const { status, body } = response;
    if (status === 200) return body;
    if (status === 401) server.renew();
    const subresource = path === '/pods' ? 'nodes/pods' : 'nodes/stats';
    const resource = config.authType === 'kubeConfig' ? 'nodes/proxy' : subresource;
    const rule = `{apiGroups: [""], resources: ["${resource}"], verbs: ["get"]}`;
    const hint = status === 403 ? `; the ClusterRole needs the rule ${rule}` : '';
    throw new Error(`expected status 200 of ${server.url}${path}, got ${status}: ${body.slice(0, 200).trim()}${hint}`);
  };
}

function kubeletServer(config: KubeletConfig, environment: Environment, hostName: string): ApiServer {
  const { authType, context, endpoint, serviceAccountDir, insecureSkipVerify } = config;
  const url = urlOf(endpoint, hostName, authType === 'none');
  switch (authType) {
    case 'none':
      return apiServer(url, () => ({ headers: {}, tls: { rejectUnauthorized: !insecureSkipVerify } }));
    case 'tls': {
      const tls = requestTls({ ...config, insecure: false });
      return apiServer(url, () => ({ headers: {}, tls }));
    }
    case 'serviceAccount': {
      const caFile = config.caFile ?? (config.caPem === undefined ? join(serviceAccountDir, 'ca.crt') : undefined);
      const tls = requestTls({ ...config, insecure: false, ...(caFile !== undefined && { caFile }) });
      // The kubelet replaces the token while the process runs.
      const token = (): string => readFileSync(join(serviceAccountDir, 'token'), 'utf8').trim();
      token();
      return apiServer(url, () => ({ headers: { authorization: `Bearer ${token()}` }, tls }));
    }
    case 'kubeConfig': {
      const server = kubeConfigServer(environment, { context });
      return {
        url: `${server.url}/api/v1/nodes/${encodeURIComponent(endpoint || hostName)}/proxy`,
        proxyUrl: server.proxyUrl,
        async access(signal) {
          const { headers, tls } = await server.access(signal);
          return { headers, tls: insecureSkipVerify ? { ...tls, rejectUnauthorized: false } : tls };
        },
        renew: () => server.renew(),
      };
    }
  }
}

function urlOf(endpoint: string, hostName: string, isReadOnly: boolean): string {
  const scheme = isReadOnly ? 'http' : 'https';
  if (endpoint === '') return `${scheme}://${hostName}:${isReadOnly ? READ_ONLY_PORT : SECURE_PORT}`;
  return (/^https?:\/\//.test(endpoint) ? endpoint : `${scheme}://${endpoint}`).replace(/\/$/, '');
}
