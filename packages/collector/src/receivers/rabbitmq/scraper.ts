import { errorMessage } from '../../component/error-message.ts';
import { type JsonPath, parseDocument, readPaths, valueAt } from '../scraping/json-paths.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { NODE_PATHS } from './metrics.ts';

/** Reads a path of the management API. */
type ReadPath = (path: string, signal: AbortSignal) => Promise<string>;

const QUEUE_PATHS: readonly JsonPath[] = [
  ['consumers', 'rabbitmq.consumer.count'],
  ['messages_ready', 'rabbitmq.message.current', { state: 'ready' }],
  ['messages_unacknowledged', 'rabbitmq.message.current', { state: 'unacknowledged' }],
  ['message_stats.ack', 'rabbitmq.message.acknowledged'],
  ['message_stats.deliver', 'rabbitmq.message.delivered'],
  ['message_stats.drop_unroutable', 'rabbitmq.message.dropped'],
  ['message_stats.publish', 'rabbitmq.message.published'],
];

/** Creates a scraper that reads queues, and nodes if a metric of them is enabled. */
export function createRabbitmqScraper(read: ReadPath, isEnabled: (metric: string) => boolean): ServerScraper {
  const nodePaths = NODE_PATHS.filter(([, metric]) => isEnabled(metric));
  const queuePaths = QUEUE_PATHS.filter(([, metric]) => isEnabled(metric));
  const parts: readonly Part[] = [
    { path: 'queues', paths: queuePaths, resourceOf: queueResource },
    { path: 'nodes', paths: nodePaths, resourceOf: nodeResource },
  ];
  const wanted = parts.filter(({ paths }) => paths.length > 0);
  return {
    async scrape(signal, fail) {
      const groups: ServerGroup[] = [];
      const failures: string[] = [];
      for (const part of wanted) {
        try {
          groups.push(...readPart(part, await read(part.path, signal), fail));
        } catch (error) {
          failures.push(`${part.path}: ${errorMessage(error)}`);
        }
      }
      if (failures.length === wanted.length && failures.length > 0) throw new Error(failures.join('; '));
      for (const failure of failures) fail(failure);
      return groups;
    },
  };
}

interface Part {
  readonly path: string;
  readonly paths: readonly JsonPath[];
  resourceOf(document: unknown): Readonly<Record<string, string>>;
}

function readPart({ path, paths, resourceOf }: Part, text: string, fail: ReportFailure): readonly ServerGroup[] {
  const list = parseDocument(text, path);
  if (!Array.isArray(list)) throw new Error('expected a list, got an object');
  return list.map((document) => ({
    resource: resourceOf(document),
    readings: readPaths(withNumbers(document), paths, fail),
  }));
}

/** Alarms are booleans. */
function withNumbers(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]),
  );
}

function queueResource(queue: unknown): Readonly<Record<string, string>> {
  return {
    ...textAt(queue, 'node', 'rabbitmq.node.name'),
    ...textAt(queue, 'name', 'rabbitmq.queue.name'),
    ...textAt(queue, 'vhost', 'rabbitmq.vhost.name'),
  };
}

function nodeResource(node: unknown): Readonly<Record<string, string>> {
  return textAt(node, 'name', 'rabbitmq.node.name');
}

function textAt(document: unknown, path: string, attribute: string): Readonly<Record<string, string>> {
  const value = valueAt(document, path);
  return typeof value === 'string' ? { [attribute]: value } : {};
}
