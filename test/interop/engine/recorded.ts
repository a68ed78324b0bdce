import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { httpRequest, httpStream } from '../../../packages/collector/src/component/http/http-request.ts';
import { readLines } from '../../../packages/collector/src/component/http/read-lines.ts';

const DIRECTORY = join(import.meta.dirname, 'recorded');

/** The lines that the container writes, as `stream: body`. */
export const LINES: readonly string[] = ['stdout: hello', 'stderr: to stderr', `stdout: ${'x'.repeat(20_000)}`];

/** Returns a recorded response. */
export function recorded(name: string): string {
  return readFileSync(recordedPath(name), 'utf8');
}

/** Returns the path of a recorded response. */
export function recordedPath(name: string): string {
  return join(DIRECTORY, name);
}

/** Keeps the events of an engine until it is stopped. */
export interface Recorder {
  /** Writes the events so far, and responses about a container and its log. */
  write(id: string, logPath: string): Promise<void>;
  stop(): void;
}

/** Starts to record the events of an engine. */
export function startRecorder(socketPath: string): Recorder {
  const stopped = new AbortController();
  const events: string[] = [];
  const follow = async () => {
    const url = `http://docker/events?filters=${encodeURIComponent('{"type":["container"]}')}`;
    for (;;) {
      const { body } = await httpStream(url, { socketPath, signal: stopped.signal });
      for await (const line of readLines(body, 1 << 20)) events.push(line);
    }
  };
  follow().catch(() => {});
  const read = async (path: string) => (await httpRequest(`http://docker${path}`, { socketPath })).body;
  // The directory of this run is no part of what is recorded.
  const keep = (name: string, text: string) =>
    writeFileSync(recordedPath(name), `${text.replaceAll(dirname(socketPath), '/var/lib/containers').trim()}\n`);
  return {
    async write(id, logPath) {
      mkdirSync(DIRECTORY, { recursive: true });
      keep('events.jsonl', events.join('\n'));
      keep('containers.json', await read('/containers/json'));
      keep('container.json', await read(`/containers/${id}/json`));
      keep('stats.json', await read(`/containers/${id}/stats?stream=false`));
      keep('networks.json', await read('/networks'));
      keep('container.log', readFileSync(logPath, 'utf8'));
    },
    stop: () => stopped.abort(),
  };
}
