import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppliedReport, ConfigurationText, DraftReport, DryRunReport } from '@otelier/query';
import { loadConfig } from '../../config/load.ts';
import { registry } from '../../registry.generated.ts';
import { createLogger } from '../logging.ts';
import { createService, type Service } from '../service.ts';
import type { ConfigurationSource } from './editor.ts';

/** A running service whose configuration a test edits through the API. */
export interface EditedGateway extends AsyncDisposable {
  readonly service: Service;
  readonly file: string;
  readonly url: string;
  readonly lines: readonly Record<string, unknown>[];
  read(): Promise<ConfigurationText>;
  /** Sends a request with the token for edits. Other headers replace the default ones. */
  post<T = AppliedReport & DraftReport & DryRunReport>(
    path: string,
    body: object,
    headers?: Record<string, string>,
  ): Promise<Received<T>>;
}

/** A response: of a failed request, the error. */
export interface Received<T> {
  readonly status: number;
  readonly body: T & { readonly error?: { readonly code: string; readonly message: string } };
}

/** Starts a service with a configuration in a file. `"FILE"` in it becomes the path of a file for output. */
export async function startEdited(
  yaml: string,
  { source, directory }: { readonly source?: ConfigurationSource; readonly directory?: string } = {},
): Promise<EditedGateway> {
  const environment = { OTHER: 'from-environment' };
  const place = directory ?? (await realpath(await mkdtemp(join(tmpdir(), 'otelier-edit-'))));
  const file = join(place, 'otelier.yaml');
  const text = yaml.replaceAll('"FILE"', `"${file}.out"`);
  await writeFile(file, text);
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ level: 'info', encoding: 'json' }, { write: (line) => lines.push(JSON.parse(line)) });
  const loaded = await loadConfig({ sources: [{ name: file, text }], environment, registry });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  const service = createService({ config: loaded.config, environment, logger, source: source ?? { file } });
  await service.start();
  const address = service.host.endpoints().find(({ component }) => component === 'workbench')?.address;
  const url = `http://${address}/api/v1`;
  return {
    ...{ service, file, url, lines },
    read: async () => (await fetch(`${url}/config/text`)).json() as Promise<ConfigurationText>,
    async post<T>(path: string, body: object, headers: Record<string, string> = {}) {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${service.host.editToken}`,
          ...headers,
        },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Received<T>['body'] };
    },
    async [Symbol.asyncDispose]() {
      await service.shutdown();
      if (directory === undefined) await rm(place, { recursive: true, force: true });
    },
  };
}
