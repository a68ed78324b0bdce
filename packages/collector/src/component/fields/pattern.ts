import { patternError } from '../pattern.ts';
import { z } from '../schema.ts';

/** Returns the schema of a regular expression. */
export function patternText() {
  return z.string().superRefine((text, issues) => {
    const message = patternError(text);
    if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
  });
}

/** Returns the field for a regular expression, by default an empty text. */
export function patternField(description: string) {
  return patternText().prefault('').describe(description);
}
