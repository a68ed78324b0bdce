import type { TextSocket } from '@otelier/transport';
import { evaluateLog } from '../../logql/evaluate/log-query.ts';
import { parseLogql } from '../../logql/parse/parse.ts';
import { compilePipeline } from '../../logql/pipeline/compile.ts';
import { evaluationOf, type LokiContext, tenantOf } from '../api/context.ts';
import { isCategorized, MAX_LIMIT } from '../api/handlers/queries.ts';
import { boundsOf, limitOf } from '../api/parameters.ts';
import { LokiProblem, lokiProblemOf } from '../api/problem.ts';
import type { LokiTail } from './tail.ts';

/** The path of the live tail. */
export const TAIL_PATH = '/loki/api/v1/tail';
const DEFAULT_LIMIT = 100;
const MAX_DELAY_SECONDS = 5;

/** Checks a request to the live tail. Returns a function that serves its socket, or the response to an invalid request. */
export async function openTail(
  request: Request,
  context: LokiContext,
  tail: LokiTail,
  address: string,
): Promise<((socket: TextSocket) => void) | Response> {
  try {
    const parameters = new URL(request.url).searchParams;
    const expr = parseLogql(parameters.get('query') ?? '');
    if (expr.kind !== 'log') throw new LokiProblem(400, 'only log selector is supported');
    const delay = parameters.get('delay_for') ?? '0';
    if (!/^\d{1,9}$/.test(delay))
      throw new LokiProblem(400, `strconv.Atoi: parsing ${JSON.stringify(delay)}: invalid syntax`);
    if (Number(delay) > MAX_DELAY_SECONDS) throw new LokiProblem(400, "delay_for can't be greater than 5");
    const limit = limitOf(parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
    const pipeline = compilePipeline(expr.stages, context.nowMillis);
    const { start, end } = boundsOf(parameters, context.nowMillis());
    tail.requireSlot(address, tenantOf(context));
    const waiting = tail.open({
      tenant: tenantOf(context),
      masked: context.access.masked,
      address,
      matchers: expr.matchers,
      pipeline,
      isCategorized: isCategorized({ request }),
    });
    try {
      // A batch that passed through before is stored before the past is read.
      await context.store().settled();
      const evaluation = evaluationOf({ ...context, request, parameters, argument: '' });
      const options = { start, end, limit, direction: 'backward', interval: 0n } as const;
      const past = (await evaluateLog(expr, options, evaluation)).toReversed();
      return (socket) => waiting.start(socket, past);
    } catch (error) {
      waiting.cancel();
      throw error;
    }
  } catch (error) {
    return lokiProblemOf(error).toResponse();
  }
}
