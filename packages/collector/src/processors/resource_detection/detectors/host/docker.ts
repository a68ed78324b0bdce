import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { HttpRequestOptions } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import { type DetectionContext, defineDetector } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const docker = defineDetector({
  attributes: { 'container.image.name': false, 'container.name': false, 'host.name': true, 'os.type': true },
  create({ resourceAttributes }, { environment }) {
    const { url, options } = daemon(environment);
    const isEnabled = (key: keyof typeof resourceAttributes): boolean => resourceAttributes[key].enabled;
    return async (signal) => {
      const wantsInfo = isEnabled('os.type') || isEnabled('host.name');
      const wantsContainer = isEnabled('container.name') || isEnabled('container.image.name');
      const info = wantsInfo ? await fetchJson(`${url}/info`, INFO, { ...options, signal }) : undefined;
      const container = wantsContainer
        ? await fetchJson(`${url}/containers/${encodeURIComponent(hostname())}/json`, CONTAINER, { ...options, signal })
        : undefined;
      return {
        'os.type': info?.OSType,
        'host.name': info?.Name,
        'container.name': container?.Name,
        'container.image.name': container?.Image,
      };
    };
  },
});

const INFO = z.object({ OSType: text(), Name: text() });
const CONTAINER = z.object({ Name: text(), Image: text() });

/** Returns the Docker daemon address from the Docker client's environment variables. */
function daemon(environment: DetectionContext['environment']): { url: string; options: HttpRequestOptions } {
  const host = environment['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  if (host.startsWith('unix://'))
    return { url: 'http://docker', options: { socketPath: host.slice('unix://'.length) } };
  const address = host.replace(/^(tcp|https?):\/\//, '').replace(/\/$/, '');
  const directory = environment['DOCKER_CERT_PATH'];
  if (!directory) return { url: `http://${address}`, options: {} };
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  const rejectUnauthorized = Boolean(environment['DOCKER_TLS_VERIFY']);
  return {
    url: `https://${address}`,
    options: { tls: { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem'), rejectUnauthorized } },
  };
}
