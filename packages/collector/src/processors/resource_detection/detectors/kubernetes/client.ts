import { httpRequest } from '../../../../component/http/http-request.ts';
import type { z } from '../../../../component/schema.ts';
import type { ApiServer } from '../../../../kubernetes/server/api-server.ts';
import { MetadataUnavailable } from '../../detector.ts';
import { parseJson } from '../../metadata.ts';

/** Reads single objects of an API server, once or at long intervals. */
export interface ObjectReader {
  /** Returns the object at a path. Throws a `KubernetesError` for any status other than 200. */
  get<Schema extends z.ZodType>(path: string, schema: Schema, signal: AbortSignal): Promise<z.output<Schema>>;
}

/** Thrown for an API error response. */
export class KubernetesError extends MetadataUnavailable {
  override readonly name: string = 'KubernetesError';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`expected status 200 of ${path}, got ${status}`);
    this.status = status;
  }
}

/** Creates a reader. */
export function createObjectReader(server: ApiServer): ObjectReader {
  const { url } = server;
  return {
    async get(path, schema, signal) {
      const access = await server.access(signal);
      const response = await httpRequest(url + path, { ...access, signal }).catch((error: unknown) => {
        throw new MetadataUnavailable(`request of ${url}${path} failed`, { cause: error });
      });
      if (response.status === 401) server.renew();
      if (response.status !== 200) throw new KubernetesError(path, response.status);
      return parseJson(path, response.body, schema);
    },
  };
}
