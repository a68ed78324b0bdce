/** A prompt that users choose in their agent. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Names of the arguments with their descriptions, all optional. */
  readonly parameters: Readonly<Record<string, string>>;
  text(values: Readonly<Record<string, string | undefined>>): string;
}

const SERVICE = 'Service to inspect. Default: all.';
const LAST = 'Length of the range before now, such as 15m or 6h. Default 1h.';

function scope({ service, last = '1h' }: Readonly<Record<string, string | undefined>>): string {
  return `${service === undefined ? 'all services' : `the service ${JSON.stringify(service)}`} in the last ${last}`;
}

/** All prompts, in documentation order. */
export const PROMPTS: readonly Prompt[] = [
  {
    name: 'what_is_slow',
    title: 'What is slow?',
    description: 'Finds the operations that take the most time, and where the time goes.',
    parameters: { service: SERVICE, last: LAST },
    text: (values) =>
      [
        `Find out what is slow in ${scope(values)}.`,
        'List the operations by share of the total time and by p95. For the worst, search the longest traces and read two of them: which span has the most own time, which calls repeat, and is that the same in a trace of usual length?',
        'Name the operation, the span that takes the time, numbers, and the IDs of the traces as evidence.',
      ].join('\n'),
  },
  {
    name: 'what_changed',
    title: 'What changed?',
    description: 'Compares a range with the one before.',
    parameters: { service: SERVICE, last: LAST },
    text: (values) =>
      [
        `Find out what changed for ${scope(values)}, compared with the range of the same length before.`,
        'Compare the periods. For each important change, inspect errors, a sample trace and the log records around it. Distinguish causes from effects: an error in one service makes its callers fail.',
        'Name the changes with numbers, the most probable cause, and the evidence. Say what you could not determine.',
      ].join('\n'),
  },
  {
    name: 'why_did_this_fail',
    title: 'Why did this fail?',
    description: 'Explains the failure of a trace or of a service.',
    parameters: { trace_id: 'Trace to explain. Default: the most frequent error.', service: SERVICE, last: LAST },
    text: ({ trace_id: traceId, ...values }) =>
      [
        traceId === undefined
          ? `Explain the most frequent error of ${scope(values)}; list the errors and read a sample trace.`
          : `Explain why the trace ${traceId} failed. If it is not stored, ask why it is missing.`,
        'Read the trace, its root cause and its log records. Then check whether the same error occurs in other traces, since when, and for which attributes or releases.',
        'Name the root cause, the path by which it reached the user, and how often it happens, with trace IDs.',
      ].join('\n'),
  },
];
