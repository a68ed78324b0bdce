import { elasticsearchBulk } from '../../../packages/collector/src/receivers/elasticsearch_bulk.ts';
import type { Comparison } from '../check.ts';
import { type ClientProgram, compareClientPrograms } from '../client-programs.ts';

const COUNT = 1000;

function javascript(name: string, library: string): ClientProgram {
  return {
    name,
    language: 'javascript',
    records: COUNT,
    source: `
import { Client } from '${library}';
const client = new Client({ node: 'http://127.0.0.1:' + process.argv[2] });
await client.info();
await client.cluster.health();
await client.indices.putIndexTemplate({ name: 't', body: { index_patterns: ['logs-*'] }, index_patterns: ['logs-*'] });
const datasource = Array.from({ length: ${COUNT} - 1 }, (_, i) => ({ '@timestamp': new Date(), message: 'line ' + i, log: { level: 'info' } }));
const result = await client.helpers.bulk({ datasource, flushBytes: 5000, onDocument: () => ({ create: { _index: 'logs-app-default' } }), onDrop: console.error });
if (result.successful !== datasource.length) throw new Error(JSON.stringify(result));
const document = { message: 'line ${COUNT - 1}' };
await client.index({ index: 'logs-app-default', document, body: document });
const { errors, items } = await Promise.resolve(client.bulk({ operations: [{ delete: { _id: '1' } }], body: [{ delete: { _id: '1', _index: 'i' } }] })).then((r) => r.body ?? r);
if (!errors || items[0].delete.status !== 400) throw new Error(JSON.stringify(items));
`,
  };
}

const PYTHON: ClientProgram = {
  name: 'index.py',
  language: 'python',
  records: COUNT,
  source: `
import sys
from elasticsearch import Elasticsearch, helpers
client = Elasticsearch('http://127.0.0.1:' + sys.argv[1])
assert client.info()['tagline'] == 'You Know, for Search'
actions = ({'_op_type': 'create', '_index': 'logs-app-default', 'message': 'line %d' % i} for i in range(${COUNT}))
assert helpers.bulk(client, actions)[0] == ${COUNT}
`,
};

const PROGRAMS = [
  javascript('elasticsearch.mjs', '@elastic/elasticsearch'),
  javascript('opensearch.mjs', '@opensearch-project/opensearch'),
  PYTHON,
];

/** Indexes documents with the client libraries of Elasticsearch and OpenSearch for JavaScript and Python. */
export function compareElasticClients(): Promise<Comparison> {
  return compareClientPrograms(elasticsearchBulk, PROGRAMS, {
    directory: 'elasticsearch',
    npm: ['@elastic/elasticsearch', '@opensearch-project/opensearch'],
    pip: ['elasticsearch'],
  });
}
