import { errorMessage } from '../../component/error-message.ts';
import { parseDocument, valueAt } from '../scraping/json-paths.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { ServerGroup, ServerScraper } from '../scraping/server-scraper.ts';
import { containerReadings, containerResource, type ResourceLabels, textAt } from './container.ts';
import type { ReadDaemon } from './daemon.ts';
import type { IsExcluded } from './image-filter.ts';
import { statsReadings } from './stats.ts';

/** Options for `createDockerScraper`. */
export interface DockerScraperOptions extends ResourceLabels {
  readonly read: ReadDaemon;
  readonly isExcluded: IsExcluded;
  now(): number;
}

/** Containers that are read at the same time. The daemon takes a second or two for each. */
const CONCURRENCY = 32;
const RUNNING = encodeURIComponent(JSON.stringify({ status: ['running'] }));

/** Creates a scraper of the running containers. A container that cannot be read is reported, and the others are read. */
export function createDockerScraper(options: DockerScraperOptions): ServerScraper {
  const { read, isExcluded } = options;
  return {
    async scrape(signal, fail) {
      const path = `/containers/json?filters=${RUNNING}`;
      const list = parseDocument((await read(path, signal)) ?? '', path);
      if (!Array.isArray(list)) throw new Error(`${path}: expected a list of containers, got an object`);
      const ids = list.filter((each) => !isExcluded(textAt(each, 'Image'))).map((each) => textAt(each, 'Id'));
      const groups: ServerGroup[] = [];
      const queue = ids.values();
      const work = async (): Promise<void> => {
        for (const id of queue) {
          const group = await readContainer(id, options, signal, fail);
          if (group !== undefined) groups.push(group);
        }
      };
      await Promise.all(Array.from({ length: CONCURRENCY }, work));
      return groups;
    },
  };
}

/** Reads a container; `undefined` if it cannot be read, or has ended. */
async function readContainer(
  id: string,
  options: DockerScraperOptions,
  signal: AbortSignal,
  fail: ReportFailure,
): Promise<ServerGroup | undefined> {
  const { read, isExcluded, now } = options;
  const base = `/containers/${encodeURIComponent(id)}`;
  try {
    const inspected = await read(`${base}/json`, signal);
    const container = inspected === undefined ? undefined : parseDocument(inspected, `${base}/json`);
    if (container === undefined || valueAt(container, 'State.Paused') === true) return undefined;
    // The list can name an image by its ID, if its name belongs to another one by now.
    if (isExcluded(textAt(container, 'Config.Image'))) return undefined;
    const text = await read(`${base}/stats?stream=false`, signal);
    if (text === undefined) return undefined;
    const stats = parseDocument(text, `${base}/stats`);
    return {
      resource: containerResource(container, options),
      readings: [...statsReadings(stats), ...containerReadings(container, now(), fail)],
    };
  } catch (error) {
    signal.throwIfAborted();
    fail(errorMessage(error));
    return undefined;
  }
}
