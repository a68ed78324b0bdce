import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineJoiner } from './line-joiner.ts';

/** Returns the records in an output. */
function join(text: string): string[] {
  const records: LineJoiner[] = [];
  for (const line of text.split('\n')) {
    if (records.at(-1)?.add(line) || line.trim() === '') continue;
    records.push(new LineJoiner(line));
  }
  return records.map((record) => record.text);
}

/** Output from real programs, each of which is a single record. */
const TRACES: Readonly<Record<string, string>> = {
  'an uncaught error of Node.js': `/app/a.js:1
function f(){ throw new TypeError('bad', {cause: new Error('inner')}) }
              ^

TypeError: bad
    at Timeout.f [as _onTimeout] (/app/a.js:1:21)
    at listOnTimeout (node:internal/timers:581:17)
    at process.processTimers (node:internal/timers:519:7) {
  [cause]: Error: inner
      at Timeout.f [as _onTimeout] (/app/a.js:1:50)
      at process.processTimers (node:internal/timers:519:7)
}

Node.js v26.10.0`,
  'a module that Node.js does not find': `node:internal/modules/cjs/loader:1228
  throw err;
  ^

Error: Cannot find module 'nope'
Require stack:
- /app/a.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)
    at require (node:internal/modules/helpers:177:18) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/app/a.js' ]
}

Node.js v26.10.0`,
  'an error that Node.js logs': `it failed Error: bad
    at Object.<anonymous> (/app/a.js:1:1)
    at node:internal/main/run_main_module:23:47`,
  'a logged error after its message': `[error] it failed
Error: bad
    at Object.<anonymous> (/app/a.js:1:1)`,
  'an exception of Python with its cause': `Traceback (most recent call last):
  File "/app/a.py", line 9, in <module>
    f()
  File "/app/a.py", line 3, in f
    def f(): raise ValueError("bad")
             ^^^^^^^^^^^^^^^^^^^^^^^
ValueError: bad

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/a.py", line 11, in <module>
    raise RuntimeError("outer") from e
RuntimeError: outer`,
  'an exception that Python logs': `ERROR:root:it failed
Traceback (most recent call last):
  File "/app/a.py", line 5, in <module>
    f()
app.errors.Bad: bad`,
  'an exception of Java with its cause': `Exception in thread "main" java.lang.IllegalStateException: bad
	at A.f(A.java:1)
	at A.main(A.java:2)
Caused by: java.io.IOException: inner
	at A.f(A.java:1)
	... 9 more`,
  'an exception that Logback writes': `15:04:05.678 [main] ERROR com.example.App - it failed
java.lang.IllegalStateException: bad
	at com.example.App.main(App.java:2)
	Suppressed: java.io.IOException: closed
		at com.example.App.main(App.java:3)
Caused by: java.io.IOException: inner
	... 1 common frames omitted`,
  'an exception of java.util.logging': `Nov 30, 2026 4:06:17 AM A main
SEVERE: it failed
java.lang.IllegalStateException: bad
	at A.f(A.java:1)`,
  'a panic of Go': `panic: assignment to entry in nil map

goroutine 19 [running]:
main.f(...)
	/app/a.go:3
main.(*Server).handle(0xc000010000, {0x1, 0x2})
	/app/a.go:4 +0x58
created by main.main in goroutine 1
	/app/a.go:4 +0xd6
exit status 2`,
  'a panic of Go with a signal and several lines': `panic: first line
second line
	panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48f]

goroutine 1 [running]:
main.main()
	/app/a.go:8 +0x1d

goroutine 6 [chan receive]:
main.wait(0xc00001)
	/app/a.go:9 +0x1d`,
  'a panic of Rust': `thread 'main' panicked at src/main.rs:2:5:
it failed
stack backtrace:
   0: std::panicking::begin_panic
note: run with \`RUST_BACKTRACE=full\` environment variable`,
  'an exception of .NET': `Unhandled exception. System.InvalidOperationException: bad
 ---> System.IO.IOException: inner
   at Program.Main() in /app/Program.cs:line 3
   --- End of inner exception stack trace ---
   at Program.Main()`,
  'an error of PHP': `PHP Fatal error:  Uncaught Exception: bad in /app/a.php:3
Stack trace:
#0 {main}
  thrown in /app/a.php on line 3`,
  'an object that Node.js prints': `{
  name: 'shop',
  items: [
    1
  ]
}`,
};

for (const [name, text] of Object.entries(TRACES)) {
  test(`joins ${name}`, () => assert.deepEqual(join(text), [text]));
}

test('separates lines, also those after and between traces', () => {
  const lines = [
    'listening on 3000',
    'GET / 200',
    'error: it failed',
    'error: again',
    '  INFO  indented, with a level',
  ];
  assert.deepEqual(join(lines.join('\n')), lines);
  const traces = Object.values(TRACES).filter((text) => !text.startsWith('panic'));
  const mixed = traces.flatMap((text) => [text, 'GET / 200']);
  assert.deepEqual(join(mixed.join('\n')), mixed);
});

test('joins no indented line after an empty one', () => {
  assert.deepEqual(join('VITE ready\n\n  Local: http://127.0.0.1'), ['VITE ready', '  Local: http://127.0.0.1']);
});

test('bounds a record', () => {
  const records = join(`Error: bad\n${'    at f (/app/a.js:1:1)\n'.repeat(10_000)}`);
  assert.ok(records.length > 2);
  assert.ok(records.every((record) => record.length <= 65_536));
});

test('loses and reorders no line, whatever comes', () => {
  const line = fc.oneof(
    fc.constantFrom(...Object.values(TRACES).flatMap((text) => text.split('\n'))),
    fc.string({ maxLength: 30 }).map((text) => text.replaceAll('\n', ' ')),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const kept = (text: readonly string[]) =>
        text
          .join('\n')
          .split('\n')
          .filter((part) => part.trim() !== '');
      assert.deepEqual(kept(join(lines.join('\n'))), kept(lines));
    }),
    { seed: 12, numRuns: 500 },
  );
});
