import { JUL_HEADING, statedSeverity } from './severity.ts';

/** Maximum length of a joined record. */
const MAX_RECORD_CHARACTERS = 65_536;
/** Maximum number of lines in a Go panic message. */
const MAX_PANIC_LINES = 20;
const WARN = 13;

/** The kind of record: plain text, or a stack trace, which can also continue after blank lines. */
type Kind = 'plain' | 'trace' | 'python' | 'go';

/**
 * Decides which lines of a stream continue a record: indented lines, brackets that close an object, and the lines of
 * stack traces of Node.js, Python, Java, Go and others, from the heading to the causes.
 */
export class LineJoiner {
  readonly #lines: string[] = [];
  #kind: Kind = 'plain';
  #characters = 0;
  #blank = false;
  /** Expected next lines of an uncaught Node.js error, which starts with the source: `source`, `caret`, `message`. */
  #expected: ('source' | 'caret' | 'message')[] = [];

  constructor(first: string) {
    this.#append(first);
  }

  /** The joined text. */
  get text(): string {
    return this.#lines.join('\n');
  }

  /** Number of lines. */
  get lineCount(): number {
    return this.#lines.length;
  }

  /** Whether the record is a stack trace. */
  get isTrace(): boolean {
    return this.#kind !== 'plain';
  }

  /** Whether the record is a Go panic. */
  get isPanic(): boolean {
    return this.#kind === 'go';
  }

  /**
   * Adds a line if it continues the record, and reports whether it does. A blank line is added together with the line
   * after it.
   */
  add(line: string): boolean {
    if (line.trim() === '') {
      this.#blank = true;
      return this.isTrace;
    }
    if (this.#characters + line.length > MAX_RECORD_CHARACTERS || !this.#continues(line)) return false;
    if (this.#blank) this.#lines.push('');
    this.#blank = false;
    this.#append(line);
    return true;
  }

  #append(line: string): void {
    this.#kind = kindAfter(line, this.#kind);
    if (this.#lines.length === 0 && NODE_LOCATION.test(line)) this.#expected = ['source', 'caret', 'message'];
    if (RUST_PANIC.test(line)) this.#expected = ['message'];
    this.#lines.push(line);
    this.#characters += line.length + 1;
  }

  #continues(line: string): boolean {
    const last = this.#lines.at(-1) ?? '';
    const expected = this.#expects(line);
    if (expected !== undefined) return expected;
    if (this.#kind !== 'plain') return this.#continuesTrace(line, last);
    if (this.#blank) return false;
    if (INDENTED.test(line)) return statedSeverity(line) === undefined;
    if (CLOSING.test(line)) return INDENTED.test(last) || /[{[(]$/.test(last);
    if (JUL_HEADING.test(last)) return JUL_LEVEL.test(line);
    // A logged exception: the message with its level, then the stack trace.
    return (PYTHON_TRACE.test(line) || EXCEPTION.test(line)) && (statedSeverity(this.text)?.number ?? 0) >= WARN;
  }

  #continuesTrace(line: string, last: string): boolean {
    if (this.#kind === 'go') {
      const hasStack = this.#lines.some((known) => GOROUTINE.test(known));
      return GO_LINE.test(line) || (!hasStack && this.#lines.length < MAX_PANIC_LINES);
    }
    if (this.#blank) return TRACE_AFTER_BLANK.test(line) || (PYTHON_CHAIN.test(last) && PYTHON_TRACE.test(line));
    if (INDENTED.test(line) || TRACE_LINE.test(line)) return true;
    if (CLOSING.test(line)) return INDENTED.test(last) || /[{[(]$/.test(last);
    // The line after the frames names the exception.
    return this.#kind === 'python' && INDENTED.test(last);
  }

  /** Tracks an uncaught Node.js error: location, source, caret, message. Returns `undefined` after these lines. */
  #expects(line: string): boolean | undefined {
    const expected = this.#expected.shift();
    if (expected !== 'caret') return expected === undefined ? undefined : true;
    if (/^\s*\^+\s*$/.test(line)) {
      this.#kind = 'trace';
      return true;
    }
    this.#expected = [];
    return undefined;
  }
}

const INDENTED = /^\s+\S/;
const CLOSING = /^[}\])]+[;,]?(?: [{[(])?$/;
const PYTHON_TRACE = /^Traceback \(most recent call last\):/;
const PYTHON_CHAIN = /^(?:During handling of the above exception, another|The above exception was the direct cause)/;
const EXCEPTION =
  /^(?:Uncaught |Unhandled exception\. |Exception in thread .*|PHP Fatal error: {1,2}Uncaught )?(?:[\w$]+[.:\\]+)*(?:[A-Z]\w*)?(?:Error|Exception|Throwable)\b/;
const GO_PANIC = /^(?:panic: |fatal error: |goroutine \d+ \[)/;
const GOROUTINE = /^goroutine \d+ \[/;
const GO_LINE =
  /^(?:\s|goroutine \d+ \[|\[signal |\[recovered|created by |exit status \d+$|runtime: |\.\.\.additional frames|r\w{1,5} +0x[\da-f]+$|[\w./*()[\]{}·-]+\(.*\)$)/;
const RUST_PANIC = /^thread '.*' (?:\(\d+\) )?panicked at /;
const NODE_LOCATION = /^(?:(?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*|node:\S+):\d+$/;
/** Unindented lines that belong to the preceding stack trace. */
const TRACE_LINE =
  /^(?:Caused by: |Suppressed: |Require stack:|- [/\\\w].*|Stack trace:$|#\d+ |stack backtrace:|note: run with |\(Use `node --trace)/;
const TRACE_AFTER_BLANK =
  /^(?:Node\.js v\d|During handling of the above exception, another|The above exception was the direct cause|Caused by: )/;
const JUL_LEVEL = /^(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): /;

function kindAfter(line: string, before: Kind): Kind {
  if (before === 'go') return before;
  if (PYTHON_TRACE.test(line)) return 'python';
  if (GO_PANIC.test(line)) return 'go';
  return before === 'plain' && (EXCEPTION.test(line) || RUST_PANIC.test(line) || FRAME.test(line)) ? 'trace' : before;
}

const FRAME = /^\s+at \S+.*[)\d]$/;
