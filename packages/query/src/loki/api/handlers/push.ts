import { respondToPush } from '../../../request/push-request.ts';
import { receivePush } from '../../push/receive.ts';
import type { LokiHandler } from '../context.ts';
import { LokiProblem } from '../problem.ts';

/** `push`: receives entries into the pipeline that ends in the store. */
export const push: LokiHandler = async ({ request, ingest, nowMillis }) => {
  const target = ingest('logs');
  if (target === undefined) {
    throw new LokiProblem(
      503,
      'no pipeline for logs of this thread ends in the store; with service.workers, use the receiver loki',
    );
  }
  return respondToPush(request, (pushed) => receivePush(pushed, { target, labels: 'resource', nowMillis }));
};
