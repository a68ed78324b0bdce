import type { Admit } from '../../admission.ts';
import type { Clock } from '../../clock.ts';
import type { ExportHandler } from '../../contract.ts';
import type { HeadLimits } from '../../http1/field-block.ts';
import type { ObserveRequest, RejectedRequest } from '../../request-observer.ts';
import type { HttpRequestHandler } from '../http/request-handler.ts';
import type { IncomingRequests } from '../incoming-requests.ts';
import type { Responses } from './responses.ts';

/** Dependencies shared by all connections of a server. */
export interface HttpService {
  readonly handler: ExportHandler;
  readonly admit: Admit;
  /** Requests whose bodies are still being received. */
  readonly incoming: IncomingRequests;
  readonly requestHandler: HttpRequestHandler;
  readonly responses: Responses;
  readonly limits: HttpLimits;
  readonly keepAlive: boolean;
  readonly onInternalError: (error: unknown) => void;
  /** Records the duration of a request, if requests are measured. */
  readonly observeRequest: ObserveRequest | undefined;
  readonly onRejected: ((request: RejectedRequest) => void) | undefined;
  /** Called after each response. */
  readonly served: () => void;
  readonly clock: Clock;
}

/** Size and time limits of a connection. */
export interface HttpLimits extends HeadLimits {
  readonly maxBodyBytes: number;
  readonly maxDecompressedBytes: number;
  readonly headersTimeoutMillis: number;
  readonly requestTimeoutMillis: number;
  readonly idleTimeoutMillis: number;
}
