import { z } from '../../../component/schema.ts';

/** Returns a field for a map whose keys are data, such as names of labels, headers or parameters. */
export function dataRecord<T extends z.ZodType>(value: T) {
  return z.record(z.string(), value);
}
