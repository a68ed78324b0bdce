import { z } from '../../component/schema.ts';
import { entryFields } from '../definition/fields.ts';
import type { OperatorDefinition } from '../definition/operator.ts';

export const noop: OperatorDefinition = {
  type: 'noop',
  summary: 'Passes entries on unchanged.',
  config: z.object(entryFields),
  create: () => ({ process: (entries, emit) => emit([...entries]) }),
};
