import { OttlError } from '../grammar/error.ts';

/** The part of Zod's refinement context that a check needs. */
interface Issues {
  addIssue(issue: { code: 'custom'; message: string; input: unknown }): void;
}

/** Returns a refinement for a string field that reports why `compile` rejects the string. */
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
