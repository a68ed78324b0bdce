/** An exit code of the command line. */
export interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

/** Exit codes by name. */
export const EXIT = {
  success: 0,
  failure: 1,
  usage: 2,
  warnings: 3,
  errors: 4,
  interrupted: 130,
} as const;

/** All exit codes with their meaning, for the help and the reference page. */
export const EXIT_CODES: readonly ExitCode[] = [
  { code: EXIT.success, meaning: 'Success. `doctor`: no findings.' },
  {
    code: EXIT.failure,
    meaning:
      'The command failed, or the check that it makes did: `validate` found errors, `store verify`, `store backup` and `journal inspect` found damage, `reload` was rolled back, a `test` failed, `convert` could not read its source.',
  },
  {
    code: EXIT.usage,
    meaning:
      'The command line is wrong: an unknown command or option, or a missing or invalid value. `test`: a test file or its configuration has errors.',
  },
  {
    code: EXIT.warnings,
    meaning: '`doctor`: there are warnings, but no errors. `convert`: settings were not converted.',
  },
  { code: EXIT.errors, meaning: '`doctor`: there are errors.' },
  { code: EXIT.interrupted, meaning: 'A second Ctrl-C ended the process before it had drained.' },
];

/** What `otelier run` returns. */
export const RUN_EXIT_CODE =
  '`otelier run` exits with the code of the application, or 128 plus the number of the signal that ended it.';
