import type { z } from 'zod';
import type { ApiClient } from '../client.ts';

/** Thrown for input that a tool cannot use. The message goes to the agent. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem';
}

/** What a tool works with. */
export interface ToolContext {
  readonly client: ApiClient;
  readonly nowMillis: number;
  /** Aborted when the agent cancels its request or goes away. */
  readonly signal: AbortSignal;
}

/** A read-only tool for agents. */
export interface Tool<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: S;
  /** Returns a text of at most `MAX_RESPONSE_BYTES`. Throws a `ToolProblem` or an `ApiClientError`. */
  run(input: z.output<S>, context: ToolContext): Promise<string>;
}

/** Declares a tool. */
export function defineTool<S extends z.ZodObject>(tool: Tool<S>): Tool {
  return tool as unknown as Tool;
}
