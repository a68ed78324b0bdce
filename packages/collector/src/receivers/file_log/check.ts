import type { ConfigIssue } from '../../component/define.ts';
import { errorMessage } from '../../component/error-message.ts';
import type { FileLogConfig } from './config.ts';
import { globFinder } from './glob-paths.ts';
import { createOrder } from './order.ts';

type FileSelection = Pick<
  FileLogConfig,
  'include' | 'exclude' | 'orderingCriteria' | 'deleteAfterRead' | 'startAt' | 'header'
>;

/** Returns what the schema of the files to read cannot detect. */
export function checkFiles({
  include,
  exclude,
  orderingCriteria,
  deleteAfterRead,
  header,
  startAt,
}: FileSelection): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const check = (path: readonly (string | number)[], run: () => unknown) => {
    try {
      run();
    } catch (error) {
      issues.push({ path, message: errorMessage(error) });
    }
  };
  for (const [index, glob] of include.entries()) check(['include', index], () => globFinder(glob));
  for (const [index, glob] of exclude.entries()) check(['exclude', index], () => globFinder(glob));
  check(['ordering_criteria'], () => createOrder(orderingCriteria, () => 0));
  for (const [field, isSet] of [
    ['delete_after_read', deleteAfterRead],
    ['header', header !== undefined],
  ] as const)
    if (isSet && startAt === 'end')
      issues.push({ path: [field], message: 'expected start_at: beginning with this field' });
  return issues;
}
