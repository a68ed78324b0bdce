/** Queries in all languages at one time, over a store: for rules. */
export { checkQuery } from './check-query.ts';
export { type InstantQuery, type InstantSample, instantQuery } from './instant-query.ts';
export { type RangeQuery, type RangeSeries, rangeQuery } from './range-query.ts';
