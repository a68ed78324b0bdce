import { readFileSync } from 'node:fs';
import { inputFile, secret, z } from '../../../../component/schema.ts';
import { defineDetector } from '../../detector.ts';
import { fetchJson } from '../../metadata.ts';

export const consul = defineDetector({
  attributes: { 'cloud.region': true, 'host.id': true, 'host.name': true },
  options: {
    address: z.string().prefault('').describe('Agent address. Default: `CONSUL_HTTP_ADDR`, or 127.0.0.1:8500.'),
    datacenter: z.string().prefault('').describe('Data center. Default: the data center of the agent.'),
    token: secret().prefault('').describe('ACL token. Default: `CONSUL_HTTP_TOKEN`.'),
    tokenFile: inputFile().prefault('').describe('File that contains the ACL token, read at the start.'),
    namespace: z.string().prefault('').describe('Request namespace.'),
    meta: z.record(z.string(), z.unknown()).prefault({}).describe('Keys of node metadata to set as attributes.'),
  },
  create({ address, datacenter, token, tokenFile, namespace, meta }, { environment }) {
    const file = tokenFile || environment['CONSUL_HTTP_TOKEN_FILE'];
    const secretToken = token || (file ? readFileSync(file, 'utf8').trim() : environment['CONSUL_HTTP_TOKEN']);
    const written = address || environment['CONSUL_HTTP_ADDR'] || '127.0.0.1:8500';
    const isTls = /^(1|t|true)$/i.test(environment['CONSUL_HTTP_SSL'] ?? '');
    const socketPath = written.startsWith('unix://') ? written.slice('unix://'.length) : undefined;
    const base = socketPath === undefined ? withScheme(written, isTls) : 'http://consul';
    const query = new URLSearchParams({ ...(datacenter && { dc: datacenter }), ...(namespace && { ns: namespace }) });
    return async (signal) => {
      const { Config, Meta } = await fetchJson(`${base}/v1/agent/self?${query}`, SELF, {
        signal,
        ...(socketPath !== undefined && { socketPath }),
        ...(secretToken && { headers: { 'x-consul-token': secretToken } }),
      });
      return {
        'host.name': Config.NodeName,
        'cloud.region': Config.Datacenter,
        'host.id': Config.NodeID,
        ...Object.fromEntries(Object.entries(Meta ?? {}).filter(([key]) => Object.hasOwn(meta, key))),
      };
    };
  },
});

function withScheme(address: string, isTls: boolean): string {
  return (/^https?:\/\//.test(address) ? address : `${isTls ? 'https' : 'http'}://${address}`).replace(/\/$/, '');
}

const SELF = z.object({
  Config: z.object({ NodeName: z.string(), Datacenter: z.string(), NodeID: z.string() }),
  Meta: z.record(z.string(), z.string()).nullish(),
});
