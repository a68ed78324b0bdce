import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { statedSeverity } from './severity.ts';

const STATED: readonly (readonly [line: string, number: number, text: string])[] = [
  // JSON
  ['{"level":30,"time":1,"msg":"pino"}', 9, 'INFO'],
  ['{"level":35,"msg":"pino, a level of its own"}', 9, 'INFO'],
  ['{"level":60,"msg":"pino"}', 21, 'FATAL'],
  ['{"level":"50","msg":"pino"}', 17, 'ERROR'],
  ['{"level":3,"short_message":"GELF"}', 17, 'ERROR'],
  ['{"level":"warn","message":"winston"}', 13, 'warn'],
  ['{"severity":"ERROR","message":"Cloud Logging"}', 17, 'ERROR'],
  ['{"severity":"NOTICE","message":"Cloud Logging"}', 10, 'NOTICE'],
  ['{"lvl":"dbug","msg":"short"}', 5, 'dbug'],
  ['{"@timestamp":"2026-01-02","log.level":"error","message":"ECS"}', 17, 'error'],
  ['{"log":{"level":"error"},"message":"ECS"}', 17, 'error'],
  ['{"@t":"2026-01-02","@l":"Warning","@m":"Serilog"}', 13, 'Warning'],
  ['{"levelname":"CRITICAL","message":"Python"}', 21, 'CRITICAL'],
  ['{"severity_number":18,"body":"OpenTelemetry"}', 18, 'ERROR'],
  ['{\n  "level": "error"\n}', 17, 'error'],
  // logfmt
  ['time=2026-01-02T15:04:05Z level=INFO msg="slog"', 9, 'INFO'],
  ['level=warning msg=logrus', 13, 'warning'],
  ['ts=1 caller=main.go:1 level="error" err=EOF', 17, 'error'],
  // klog and glog
  ['E0102 15:04:05.678901       1 main.go:10] failed', 17, 'E'],
  ['I0102 15:04:05.678901       1 main.go:10] started', 9, 'I'],
  // levels at the start
  ['ERROR it failed', 17, 'ERROR'],
  ['error: it failed', 17, 'error'],
  ['[error] it failed', 17, 'error'],
  ['[WARN] careful', 13, 'WARN'],
  ['<info> started', 9, 'info'],
  ['INFO:     Uvicorn running on http://127.0.0.1:8000', 9, 'INFO'],
  ['ERROR:root:it failed', 17, 'ERROR'],
  ['2026-01-02 15:04:05,678 - app - ERROR - Python with a format', 17, 'ERROR'],
  ['2026-01-02 15:04:05 [info     ] structlog', 9, 'info'],
  ['2026-01-02T15:04:05.678Z  WARN 1234 --- [main] c.e.App : Spring Boot', 13, 'WARN'],
  ['15:04:05.678 [main] ERROR com.example.App - Logback', 17, 'ERROR'],
  ['[2026-01-02T15:04:05Z INFO  app] env_logger', 9, 'INFO'],
  ['2026-01-02T15:04:05.678Z\tDEBUG\tmain.go:10\tzap', 5, 'DEBUG'],
  ['[15:04:05 INF] Serilog', 9, 'INF'],
  ['info: Microsoft.Hosting.Lifetime[14]', 9, 'info'],
  ['fail: Microsoft.AspNetCore[13]', 17, 'fail'],
  ['2026/01/02 15:04:05 [error] 7#7: *1 open() failed (nginx)', 17, 'error'],
  ['2026-01-02 15:04:05.678 UTC [1] FATAL:  password authentication failed', 21, 'FATAL'],
  ['E, [2026-01-02T15:04:05.678 #1] ERROR -- : Ruby', 17, 'E'],
  ['[2026-01-02T15:04:05+00:00] app.ERROR: Monolog', 17, 'ERROR'],
  ['PHP Warning:  Undefined variable $x in a.php on line 3', 13, 'Warning'],
  ['npm ERR! code ELIFECYCLE', 17, 'ERR'],
  ['npm warn deprecated', 13, 'warn'],
  ['(node:123) DeprecationWarning: Buffer() is deprecated', 13, 'Warning'],
  ['[Nest] 123  - 01/02/2026, 3:04:05 PM     LOG [NestFactory] Starting', 9, 'LOG'],
  ['[Nest] 123  - 01/02/2026, 3:04:05 PM   ERROR [ExceptionsHandler] failed', 17, 'ERROR'],
  ['SEVERE: java.util.logging', 17, 'SEVERE'],
  // uncaught errors
  ["TypeError: Cannot read properties of undefined (reading 'x')", 17, 'ERROR'],
  ['Exception in thread "main" java.lang.IllegalStateException: bad', 17, 'ERROR'],
  ['java.io.IOException: closed', 17, 'ERROR'],
];

for (const [line, number, text] of STATED) {
  test(`reads the level of ${JSON.stringify(line)}`, () => assert.deepEqual(statedSeverity(line), { number, text }));
}

const UNSTATED = [
  'listening on http://127.0.0.1:3000',
  'error handling is described in the guide',
  'the ERROR page was requested',
  'Information about the debug mode',
  'GET /error 200',
  '> shop@1.0.0 start',
  '{"msg":"no level"}',
  '{"level":{"nested":true}}',
  '{"level":1e400}',
  '{"constructor":"x","__proto__":{"level":"error"}}',
  '{ not: json }',
  'log file opened',
  'fatal mistakes happen',
  '',
];

for (const line of UNSTATED) {
  test(`finds no level in ${JSON.stringify(line)}`, () => assert.equal(statedSeverity(line), undefined));
}

test('reads a level in every common position of generated lines', () => {
  const levels = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 };
  const message = fc.stringMatching(/^[a-z]{2,8}( [a-z]{2,8}){0,5}$/).map((text) => `x${text}`);
  const time = fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
    .map((date) => date.toISOString());
  fc.assert(
    fc.property(fc.constantFrom(...Object.entries(levels)), message, time, ([level, number], text, at) => {
      const lines = [
        `${level} ${text}`,
        `[${level.toLowerCase()}] ${text}`,
        `${level.toLowerCase()}: ${text}`,
        `${at} ${level} ${text}`,
        `${at} [${level}] ${text}`,
        `${at} - app - ${level} - ${text}`,
        `time=${at} level=${level} msg="${text}"`,
        JSON.stringify({ time: at, level, msg: text }),
        JSON.stringify({ severity: level.toLowerCase(), msg: text }),
      ];
      for (const line of lines) assert.equal(statedSeverity(line)?.number, number, line);
    }),
    { seed: 7, numRuns: 300 },
  );
});

test('takes linear time on hostile lines', () => {
  // Exponential or quadratic matching would exceed the test timeout.
  for (const part of ['[', '[a', 'a.', '- ', 'A.A', '(((', 'level=', '0:', '{"a":'])
    for (const end of ['', '}', ']', 'Error']) statedSeverity(part.repeat(60_000 / part.length) + end);
});
