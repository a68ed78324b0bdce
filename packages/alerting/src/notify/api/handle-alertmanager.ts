import { MatcherError } from '../matching/parse-matchers.ts';
import type { Notifier } from '../notifier.ts';
import { notifierOf } from '../of-tenant.ts';
import { SilenceError } from '../silences/silence.ts';
import { listAlerts, listGroups, postAlerts } from './alerts.ts';
import { ApiError } from './api-error.ts';
import type { ApiContext } from './context.ts';
import { deleteSilence, getSilence, listSilences, postSilence } from './silences.ts';
import { getStatus, listReceivers } from './status.ts';

/** The path below which the API is served. */
const PATH = '/alertmanager/api/v2';

/**
 * Handles a request to Alertmanager's API v2. Whether the client may write is checked before. With a `tenant`, the client
 * sees and changes only what is of this tenant.
 */
export async function handleAlertmanager(
  request: Request,
  all: Notifier,
  nowMs: number,
  tenant?: string | undefined,
): Promise<Response> {
  const notifier = tenant === undefined ? all : notifierOf(all, tenant);
  const { pathname, searchParams: query } = new URL(request.url);
  const path = pathname.startsWith(PATH) ? pathname.slice(PATH.length) : undefined;
  try {
    if (pathname === '/alertmanager/-/healthy' || pathname === '/alertmanager/-/ready') return new Response('OK');
    return await route(request, path ?? '', { notifier, query, nowMs });
  } catch (error) {
    return errorResponse(error);
  }
}

async function route(request: Request, path: string, context: ApiContext): Promise<Response> {
  const silence = /^\/silence\/([^/]+)$/.exec(path)?.[1];
  const key = silence === undefined ? path : '/silence/{id}';
  const handlers = HANDLERS[key];
  if (handlers === undefined) throw new ApiError(404, `path ${path} was not found`);
  const handle = handlers[request.method];
  if (handle === undefined) {
    const allowed = Object.keys(handlers).join(', ');
    throw new ApiError(405, `method ${request.method} is not allowed, but [${allowed}] are`);
  }
  const result = await handle(context, request, silence ?? '');
  return result === undefined ? new Response(null, { status: 200 }) : Response.json(result);
}

type Handler = (context: ApiContext, request: Request, id: string) => unknown;

const HANDLERS: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  '/status': { GET: ({ notifier }) => getStatus(notifier) },
  '/receivers': { GET: listReceivers },
  '/alerts': { GET: listAlerts, POST: postAlerts },
  '/alerts/groups': { GET: listGroups },
  '/silences': { GET: listSilences, POST: postSilence },
  '/silence/{id}': { GET: getSilence, DELETE: deleteSilence },
};

/** Errors are JSON texts, as in Alertmanager, or objects with a code for errors of the request itself. */
function errorResponse(error: unknown): Response {
  if (error instanceof ApiError) {
    const { status, message, isRequest } = error;
    return Response.json(isRequest ? { code: status === 400 ? 600 : status, message } : message, { status });
  }
  if (error instanceof MatcherError) return Response.json(error.message, { status: 400 });
  if (error instanceof SilenceError) {
    return Response.json(error.message, { status: error.kind === 'unknown' ? 404 : 400 });
  }
  throw error;
}
