import { OttlError } from '../grammar/error.ts';

/** The part of zod's refinement context that a check needs. */
interface Issues {
  addIssue(issue: { code: 'custom'; message: string; input: unknown }): void;
}

/** Returns the refinement of a text field that reports why `compile` rejects the text. */
export function compiles(compile: (text: string) => unknown): (text: string, issues: Issues) => void {
  return (text, issues) => {
    try {
      compile(text);
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      issues.addIssue({ code: 'custom', message: error.message, input: text });
    }
  };
}
