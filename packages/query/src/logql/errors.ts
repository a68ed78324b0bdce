import type { Labels } from '../promql/labels/labels.ts';
import { formatLabels } from '../promql/parse/print-labels.ts';
import { ERROR_LABEL } from './pipeline/entry-labels.ts';

/** A valid query that could not be evaluated because of its data or a limit. */
export class LogqlExecutionError extends Error {
  override readonly name: string = 'LogqlExecutionError';
}

/** A metric query over entries with errors that the query does not handle. */
export class LogqlPipelineError extends LogqlExecutionError {
  override readonly name = 'LogqlPipelineError';

  constructor(labels: Labels) {
    const error = labels.get(ERROR_LABEL);
    super(
      `pipeline error: '${error}' for series: '${formatLabels(labels)}'.\n` +
        `Use a label filter to intentionally skip this error. (e.g | __error__!="${error}").\n` +
        'To skip all potential errors you can match empty errors.(e.g __error__="")\n' +
        'The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__="" )\n',
    );
  }
}
