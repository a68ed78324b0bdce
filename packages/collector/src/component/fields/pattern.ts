import { patternError } from '../pattern.ts';
import { z } from '../schema.ts';

/** Returns the field for a regular expression, by default an empty text. */
export function patternField(description: string) {
  return z
    .string()
    .prefault('')
    .superRefine((text, issues) => {
      const message = patternError(text);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
    })
    .describe(description);
}
