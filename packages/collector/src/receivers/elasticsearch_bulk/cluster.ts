import type { PushResponse } from '@otelier/query';
import { jsonResponse } from './json-response.ts';

/** What the server says about itself. */
export interface Cluster {
  readonly version: string;
  readonly clusterName: string;
}

/** Paths of settings that clients create before they send documents: templates, policies, pipelines and indices. */
const SETTINGS =
  /^\/(?:_(?:template|index_template|component_template|ilm|ingest|data_stream|cluster\/settings|aliases?|security|slm|transform)(?:\/|$)|[^/_][^/]*(?:\/_(?:alias|aliases|mapping|settings|refresh|rollover)(?:\/.*)?)?\/?$)/;

type Respond = (cluster: Cluster) => unknown;

const RESOURCES: ReadonlyMap<string, Respond> = new Map<string, Respond>([
  ['/', mainInfo],
  ['/_license', license],
  ['/_xpack/license', license],
  ['/_xpack', () => ({ license: license().license, features: { ilm: AVAILABLE, security: AVAILABLE } })],
  ['/_cluster/health', health],
  ['/_cat/health', health],
  ['/_cat/indices', () => []],
  ['/_nodes', nodes],
  ['/_nodes/http', nodes],
  ['/_nodes/ingest', nodes],
]);
const AVAILABLE = { available: true, enabled: true };

/** Responds to a request about the cluster. Settings are acknowledged, but not kept. */
export function clusterResponse(method: string, path: string, cluster: Cluster): PushResponse {
  const plain = path.length > 1 ? path.replace(/\/+$/, '') : path;
  const resource = RESOURCES.get(plain);
  if ((method === 'GET' || method === 'HEAD') && resource !== undefined) return jsonResponse(200, resource(cluster));
  const isSetting = SETTINGS.test(path);
  if (isSetting && (method === 'PUT' || method === 'POST' || method === 'DELETE'))
    return jsonResponse(200, { acknowledged: true, shards_acknowledged: true, index: plain.slice(1) });
  if (isSetting || resource !== undefined || method === 'GET' || method === 'HEAD') {
    const reason = `no such resource: ${path}`;
    return jsonResponse(404, { error: { type: 'resource_not_found_exception', reason }, status: 404 });
  }
  const reason = `expected a bulk request, got ${method} ${path}: documents cannot be searched here`;
  return jsonResponse(400, { error: { type: 'illegal_argument_exception', reason }, status: 400 });
}

function mainInfo({ version, clusterName }: Cluster) {
  return {
    name: 'otelier',
    cluster_name: clusterName,
    cluster_uuid: 'b3RlbGllci1jbHVzdGVyLTAx',
    version: {
      number: version,
      build_flavor: 'default',
      build_type: 'tar',
      build_hash: '0000000000000000000000000000000000000000',
      build_date: '2025-01-01T00:00:00.000000000Z',
      build_snapshot: false,
      lucene_version: '9.12.0',
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
  };
}

function license() {
  const uid = '00000000-0000-0000-0000-000000000001';
  return { license: { status: 'active', uid, type: 'basic', mode: 'basic', issued_to: 'otelier', issuer: 'otelier' } };
}

function health({ clusterName }: Cluster) {
  return {
    cluster_name: clusterName,
    status: 'green',
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: 0,
    active_shards: 0,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: 0,
  };
}

function nodes({ version, clusterName }: Cluster) {
  const node = { name: 'otelier', version, roles: ['data', 'ingest', 'master'] };
  return { _nodes: { total: 1, successful: 1, failed: 0 }, cluster_name: clusterName, nodes: { otelier: node } };
}
