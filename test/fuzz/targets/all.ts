import type { FuzzTarget } from '../target.ts';
import { httpCompressed } from './compressed.ts';
import { datadog } from './datadog.ts';
import { grpc } from './grpc.ts';
import { http } from './http.ts';
import { http1 } from './http1.ts';
import { http2 } from './http2.ts';
import { httpJson, json } from './json.ts';
import { logProtocols } from './log-protocols.ts';
import { messages } from './messages.ts';
import { metricLines } from './metric-lines.ts';
import { traceProtocols } from './trace-protocols.ts';
import { udp } from './udp.ts';
import { websocket } from './websocket.ts';
import { wire } from './wire.ts';

/** All components that read untrusted input. */
export const TARGETS: readonly FuzzTarget[] = [
  wire,
  json,
  http,
  httpJson,
  httpCompressed,
  http1,
  grpc,
  http2,
  websocket,
  udp,
  logProtocols,
  metricLines,
  datadog,
  traceProtocols,
  messages,
];
