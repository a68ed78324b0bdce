/** The part of a terminal stream that determines color support. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  getColorDepth?(): number;
}

/**
 * Returns environment variables for an application whose output is piped. They request the colors and the width of the
 * terminal, which the application cannot detect, and unbuffered output. Variables set by the user take precedence.
 */
export function terminalVariables(
  stdout: TerminalStream,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  // Python buffers 8 KiB of piped output, which would delay logs.
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

/** `FORCE_COLOR` levels by color depth. */
const COLOR_LEVELS: Readonly<Record<number, number>> = { 4: 1, 8: 2, 24: 3 };
/** Variables with which users control colors themselves. */
const DECISIONS = ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CLICOLOR_FORCE'];
