import { buildInfoOf } from '../../../api/build-info.ts';
import type { LokiHandler } from '../context.ts';

/** The version of Loki whose API and query language this is. Clients decide by it which features to use. */
const VERSION = '3.7.0';

/** `status/buildinfo` */
export const buildInfo: LokiHandler = () => buildInfoOf(VERSION);
