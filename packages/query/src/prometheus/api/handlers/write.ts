import { respondToPush } from '../../../request/push-request.ts';
import { receiveWrite } from '../../write/receive.ts';
import type { PrometheusHandler } from '../context.ts';
import { PrometheusProblem } from '../problem.ts';

/** `write`: receives remote write requests into the pipeline that ends in the store. */
export const write: PrometheusHandler = async ({ request, ingest }) => {
  const target = ingest('metrics');
  if (target === undefined) {
    throw new PrometheusProblem(
      'unavailable',
      'no pipeline for metrics of this thread ends in the store; with service.workers, use the receiver prometheus_remote_write',
    );
  }
  return respondToPush(request, (pushed) => receiveWrite(pushed, target));
};
