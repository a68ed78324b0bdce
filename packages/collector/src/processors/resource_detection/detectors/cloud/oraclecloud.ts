import { httpRequest } from '../../../../component/http/http-request.ts';
import { z } from '../../../../component/schema.ts';
import { defineDetector, endpointField } from '../../detector.ts';
import { fetchJson, text } from '../../metadata.ts';

export const oraclecloud = defineDetector({
  attributes: {
    'cloud.availability_zone': true,
    'cloud.platform': true,
    'cloud.provider': true,
    'cloud.region': true,
    'cloud.resource_id': false,
    'host.id': true,
    'host.name': true,
    'host.type': true,
    'k8s.cluster.name': true,
    'oracle_cloud.realm': true,
  },
  options: { endpoint: endpointField('http://169.254.169.254') },
  empty: 'nothing',
  create({ endpoint }, { clock }) {
    const url = `${endpoint}/opc/v2/instance/`;
    const headers = { authorization: 'Bearer Oracle' };
    /** Probes the address. Elsewhere, nothing responds there, and a short probe avoids waiting for the full timeout. */
    const isOracleCloud = async (signal: AbortSignal): Promise<boolean> => {
      const probe = new AbortController();
      const cancel = clock.setTimeout(() => probe.abort(), PROBE_TIMEOUT_MILLIS);
      try {
        const either = AbortSignal.any([signal, probe.signal]);
        return (await httpRequest(url, { method: 'HEAD', headers, signal: either })).status === 200;
      } catch {
        return false;
      } finally {
        cancel();
      }
    };
    return async (signal) => {
      if (!(await isOracleCloud(signal))) return undefined;
      const instance = await fetchJson(url, INSTANCE, { headers, signal });
      return {
        'cloud.provider': 'oracle_cloud',
        'cloud.platform': 'oracle_cloud_oke',
        'cloud.region': instance.canonicalRegionName,
        'cloud.resource_id': instance.id,
        'cloud.availability_zone': instance.availabilityDomain,
        'host.id': instance.id,
        'host.name': instance.displayName,
        'host.type': instance.shape,
        'k8s.cluster.name': instance.metadata['oke-cluster-display-name'],
        'oracle_cloud.realm': instance.metadata.realm,
      };
    };
  },
});

const PROBE_TIMEOUT_MILLIS = 200;

const INSTANCE = z.object({
  id: text(),
  displayName: text(),
  shape: text(),
  canonicalRegionName: text(),
  availabilityDomain: text(),
  metadata: z
    .object({ 'oke-cluster-display-name': text(), realm: text() })
    .prefault({ 'oke-cluster-display-name': '', realm: '' }),
});
