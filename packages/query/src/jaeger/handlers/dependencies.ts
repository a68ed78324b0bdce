import { type TraceHandler, tenantOf } from '../../traceql/request.ts';
import { integerParameter, timeParameter } from '../parameters.ts';
import { envelope } from './envelope.ts';

const MILLISECOND = 1_000_000n;
const DAY_MILLIS = 86_400_000;

/** `dependencies`: the calls between services, counted from all spans of a time range. */
export const dependencies: TraceHandler = async (request) => {
  const { parameters, nowMillis } = request;
  const end = timeParameter(parameters, 'endTs', MILLISECOND) ?? BigInt(Math.trunc(nowMillis())) * MILLISECOND;
  const start = end - BigInt(integerParameter(parameters, 'lookback', DAY_MILLIS)) * MILLISECOND;
  const calls = await request.store().serviceCalls({ tenant: tenantOf(request), start, end: end + 1n });
  const service = parameters.get('service') ?? '';
  const links = calls
    .map(({ caller: parent, called: child, calls: callCount }) => ({ parent, child, callCount }))
    .filter(({ parent, child }) => service === '' || parent === service || child === service);
  return envelope(links, 0);
};
