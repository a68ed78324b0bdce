import type { Tool } from '../tool.ts';
import { compare } from './compare.ts';
import { compareTraces } from './compare-traces.ts';
import { errors } from './errors.ts';
import { logs } from './logs.ts';
import { metrics, queryMetric } from './metrics.ts';
import { operations } from './operations.ts';
import { pipeline } from './pipeline.ts';
import { services } from './services.ts';
import { sql } from './sql.ts';
import { trace } from './trace.ts';
import { traces } from './traces.ts';
import { why } from './why.ts';

/** All tools, in documentation order. */
export const TOOLS: readonly Tool[] = [
  ...[services, operations, errors, compare],
  ...[traces, compareTraces, trace, logs],
  ...[metrics, queryMetric],
  ...[why, pipeline],
  sql,
];
