/** The part of a terminal's stream that decides about colors. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  getColorDepth?(): number;
}

/**
 * Returns variables for an application whose output goes through pipes: they ask for the colors and the width of the
 * terminal, which the application cannot see, and for lines as they are written. Variables of the user win.
 */
export function terminalVariables(
  stdout: TerminalStream,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  // Python buffers 8 KiB of output that goes to a pipe, so logs would arrive late.
  const variables: Record<string, string> = { PYTHONUNBUFFERED: '1' };
  if (stdout.isTTY !== true) return variables;
  if (stdout.columns !== undefined) variables['COLUMNS'] = String(stdout.columns);
  const level = COLOR_LEVELS[stdout.getColorDepth?.() ?? 4] ?? 0;
  if (level === 0 || DECISIONS.some((name) => environment[name] !== undefined)) return variables;
  return {
    ...variables,
    // Node.js, npm packages (supports-color), Python from 3.13, pytest.
    FORCE_COLOR: String(level),
    // Programs in Go, Rust and C that follow https://bixense.com/clicolors.
    CLICOLOR_FORCE: '1',
    CARGO_TERM_COLOR: 'always',
    PY_COLORS: '1',
  };
}

/** Levels of `FORCE_COLOR` by color depth. */
const COLOR_LEVELS: Readonly<Record<number, number>> = { 4: 1, 8: 2, 24: 3 };
/** Variables by which users decide about colors themselves. */
const DECISIONS = ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CLICOLOR_FORCE'];
