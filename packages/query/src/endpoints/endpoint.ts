import type { z } from '@hono/zod-openapi';
import type { Store } from '@otelier/store';
import type { DeepReadonly, PipelineGraph, Status } from '../api/api.ts';
import type { JsonText } from '../api/json.ts';

/** What handlers of requests work with. */
export interface EndpointContext {
  /** The store; an `ApiProblem` says that there is none. */
  store(): Store;
  graph(): PipelineGraph | Promise<PipelineGraph>;
  status(): Status | Promise<Status>;
  nowMillis(): number;
}

/** What a handler knows of the request that it handles. */
export interface RequestContext extends EndpointContext {
  /** Address of the client; clients take turns where few queries run at a time. */
  readonly client: string;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** A request that the API answers, as data: the router, the parser of parameters and the OpenAPI document read it. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  /** As in OpenAPI: `/api/v1/traces/{traceId}`. */
  readonly path: string;
  readonly summary: string;
  /** Parameters: of the query and of the path, or of a POST the fields of its JSON body. */
  readonly parameters: z.ZodObject;
  readonly response: z.ZodType;
  handle(parameters: unknown, context: RequestContext): Promise<object>;
}

/** Declares a request; the answer has the type of its schema. */
export function defineEndpoint<P extends z.ZodObject, Response extends object>(endpoint: {
  readonly method?: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly parameters: P;
  readonly response: z.ZodType<Response>;
  handle(
    parameters: z.output<P>,
    context: RequestContext,
  ): DeepReadonly<Response> | JsonText | Promise<DeepReadonly<Response> | JsonText>;
}): Endpoint {
  return {
    ...endpoint,
    method: endpoint.method ?? 'get',
    handle: async (values, context) => endpoint.handle(values as z.output<P>, context),
  };
}
