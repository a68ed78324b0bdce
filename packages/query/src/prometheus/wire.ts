/** Reading of Prometheus' protobuf messages, and the names of units, for components that scrape and write. */
export { formatDecimal, formatG } from '../promql/format-number.ts';
export { isPlainMetricName, labelName, metricName, unitOfSuffix } from './translate/names.ts';
export { BucketSide } from './write/bucket-side.ts';
export {
  doubleOf,
  fieldsOf,
  intOf,
  messageOf,
  sintOf,
  textOf,
  uintOf,
} from './write/fields.ts';
export { RemoteWriteError } from './write/series.ts';
