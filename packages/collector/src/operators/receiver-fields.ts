import { errorMessage } from '../component/error-message.ts';
import { duration, z } from '../component/schema.ts';
import { compileTemplate } from './expression/template.ts';
import { operatorsField } from './operators-field.ts';

function texts(description: string) {
  return z
    .record(z.string(), z.string())
    .prefault({})
    .superRefine((values, issues) => {
      for (const [key, text] of Object.entries(values)) {
        try {
          compileTemplate(text, {});
        } catch (error) {
          issues.addIssue({ code: 'custom', message: errorMessage(error), path: [key], input: text });
        }
      }
    })
    .describe(description);
}

/** The fields of receivers of log records that say what the records become. */
export const entryOptionFields = {
  attributes: texts('Attributes to add to log records. `EXPR(…)` in a value is an expression.'),
  resource: texts('Resource attributes of the log records. `EXPR(…)` in a value is an expression.'),
  operators: operatorsField(),
};

/** Returns the field for retries of log records that the next component does not accept. */
export function retryField() {
  return z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe('Whether `max_elapsed_time` ends retries. Otherwise log records wait without a limit.'),
      initialInterval: duration().prefault('1s').describe('Time before the first retry.'),
      maxInterval: duration().prefault('30s').describe('Maximum time between two retries.'),
      maxElapsedTime: duration().prefault('5m').describe('Time after which log records are dropped. 0 means never.'),
    })
    .prefault({})
    .describe('Retries of log records that the next component does not accept.');
}

/** The configuration of retries. */
export type RetryConfig = z.output<ReturnType<typeof retryField>>;
