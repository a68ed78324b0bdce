import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { ScrapedRequest } from './page-reader.ts';

/** What targets need of their receiver. */
export interface ScrapeEnvironment {
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly trimSuffixes: boolean;
  readonly initialOffsetMillis: number;
  readonly userAgent: string;
  /** Sends a request to the pipelines. */
  forward(request: ScrapedRequest | undefined): Promise<void>;
  /** Records why the scrapes of a target fail; `undefined` once they no longer do. */
  onHealth(target: object, failure: string | undefined): void;
}
