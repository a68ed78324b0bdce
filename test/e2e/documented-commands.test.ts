import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { type Checkout, createCheckout, type Running } from './documented-commands/checkout.ts';
import { documentsIn } from './documented-commands/extract.ts';

/** The expected behavior of a documented command. */
type Expected =
  /** Serves until Ctrl-C. Later commands in the same document run meanwhile. */
  | { readonly kind: 'serves' }
  /** Exits with code 0 after printing this, to its output or a file. */
  | { readonly kind: 'prints'; readonly pattern: RegExp; readonly file?: string }
  /** Is not run by this test. */
  | { readonly kind: 'elsewhere'; readonly reason: string };

const serves: Expected = { kind: 'serves' };
const prints = (pattern: RegExp, file?: string): Expected =>
  file === undefined ? { kind: 'prints', pattern } : { kind: 'prints', pattern, file };
const elsewhere = (reason: string): Expected => ({ kind: 'elsewhere', reason });

const EXPECTED: readonly (readonly [command: RegExp, expected: Expected])[] = [
  [/^npm start -- --demo$/, serves],
  [/^npx otelier --config otelier\.yaml$/, serves],
  [/^node examples\/shop\/run\.ts$/, elsewhere('run in examples.test.ts')],
  [/^vi otelier\.yaml$/, elsewhere('an editor')],
  [/^openssl ocsp -issuer /, elsewhere('asks the server of an authority')],
  [/^npx otelier certificates /, elsewhere('run in cli/certificates/certificates.test.ts')],
  [/^npx otelier subject /, elsewhere('run in compliance.test.ts, with a person who is stored')],
  [/^npm run build:page$/, elsewhere('the tests need the page')],
  [/^node tools\/image\/run\.ts$/, elsewhere('run by npm run interop -- --only image')],
  [/^(helm|kubectl) /, elsewhere('run by npm run interop -- --only helm')],
  [/^export OTELIER_TOKEN=|^docker compose /, elsewhere('need a container engine')],
  [/^amtool --alertmanager\.url=/, elsewhere('run by npm run interop -- --only alertmanager')],
  [/^npx otelier reload( --dry-run)?$/, prints(/^The configuration has not changed\.$/m)],
  [/^npx otelier seal-key reader\.key$/, prints(/^otelier-public-1:/m)],
  [/^npx otelier export --signal logs \| npx otelier open /, elsewhere('run in cli/seal/open.test.ts')],
  [/^npx otelier profile --seconds 5$/, prints(/ms of CPU time in \d/)],
  [/^npx otelier operator convert /, elsewhere('run in cli/operator/convert.test.ts and examples.test.ts')],
  [/^kubectl (apply -k deploy\/operator|get collectors|describe collector)/, elsewhere('need a cluster')],
  [/^npx otelier profile /, elsewhere('run in cli/profile/profile.test.ts')],
  [/^npx otelier top$/, elsewhere('run in cli/top/top.test.ts')],
  [/^npx otelier top --once$/, prints(/^exporters\/store/m)],
  [/^npx otelier doctor/, elsewhere('its findings depend on the machine; run in cli/commands/examples.test.ts')],
  [/^npx otelier graph$/, prints(/^traces$[\s\S]*exporters\/store/m)],
  [/^npx otelier graph --format svg > pipelines\.svg$/, prints(/^<svg /, 'pipelines.svg')],
  [/^npx otelier ledger$/, prints(/^The ledger balances\.$/m)],
  [/^curl .*\/api\/v1\/keys\/create/, elsewhere('run in query/src/endpoints/identity/identity-api.test.ts')],
  [
    /^OTELIER_IDENTITY_DATABASE=.* npx otelier identity /,
    elsewhere('run by npm run interop -- --only identity-postgres'),
  ],
  [/^npx otelier (identity|audit) /, elsewhere('run in cli/identity/identity.test.ts')],
  [/^npx otelier tenants (list|export|remove)/, elsewhere('run in tenants/lifecycle.test.ts')],
  [/^npx otelier tenants /, elsewhere('run in cli/tenants/tenants.test.ts')],
  [/^npx otelier why [0-9a-f]{32}$/, prints(/^Window: the last /m)],
  [/^npx otelier --config otelier\.config\.ts$/, elsewhere('run in typed-functions-guide.test.ts')],
  [/^npm test$/, elsewhere('runs this test')],
  [/^npm test -- packages\/dashboard\/src\/locale$/, elsewhere('part of npm test')],
  [
    /^curl -s .*\/api\/v1\/config\/(text|revisions|check)/,
    elsewhere('requests like these are in collector/src/service/editing/editor.test.ts'),
  ],
  [/^npm install @otelier\/sdk /, elsewhere('the package is installed from its tarball in packed.test.ts')],
  [
    /^npm install --save-dev @otelier\/testkit /,
    elsewhere('the package is installed from its tarball by npm run interop -- --only assertions'),
  ],
  [/^OTEL_.* node --import @otelier\/sdk\/register /, elsewhere('run with the packed package in packed.test.ts')],
  [
    /^npx otelier query "select service_name, count\(\*\) from spans where status_code = 'ERROR'/,
    prints(/^recommendation +\d/m),
  ],
  [/^npx otelier query "select service_name, count\(\*\) from spans group by all"$/, prints(/^hello +1$/m)],
  [/^npx otelier query --json "select time, body from logs where severity_text = 'ERROR'/, prints(/"body":"/)],
  [/^npx otelier query "select name, duration_ns .*http\.route/, prints(/cart +[\d.]+\n(?:.*\n)*10 rows/)],
  [
    /^npx otelier query "(SELECT name, count|FROM red|EXPLAIN SELECT)/,
    elsewhere('statements like these are run in packages/store/src/read/sql/derived.test.ts'),
  ],
  [/^npx otelier query "SELECT component, reason, rule, items FROM ledger /, prints(/^0 rows$|^filter/m)],
  [/^npx otelier query --format csv "FROM services" > services\.csv$/, prints(/^service/, 'services.csv')],
  [/^npx otelier query --format parquet .* --output spans\.parquet$/, prints(/^PAR1/, 'spans.parquet')],
  [/^curl -H 'accept: text\/csv' .*\/api\/v1\/sql$/, prints(/^frontend,/m)],
  [/^curl -s '.*\/api\/v1\/cost\?/, prints(/"senders":\[\{/)],
  [/^curl -s '.*\/api\/v1\/cost\/attributes\?/, prints(/"key":"http\.route"/)],
  [/^curl -s '.*\/api\/v1\/cost\/preview\?/, prints(/"kept":\{"items":\d/)],
  [/^npx otelier store backup \.\/backup$/, prints(/^backed up \d+ files \(.*\) to \.\/backup: \d+ copied/m)],
  [/^npx otelier store verify --data \.\/backup$/, prints(/^no damage: checked \d+ files/m)],
  [/^npx otelier store restore \.\/backup --data \.\/restored$/, prints(/^restored \d+ files /m)],
  [
    /^\(umask 077; npx otelier store create-key|^npx otelier store (create-key|rotate-keys)|^export OTELIER_ENCRYPTION=|^npx otelier store verify$|^npx otelier query --data \.\/\.otelier /,
    elsewhere('need keys; run in cli/store/keys.test.ts'),
  ],
  [/^for signal in .* do npx otelier export /, elsewhere('needs a stopped store; run in cli/export.test.ts')],
  [/^npx otelier import --endpoint /, elsewhere('needs the exported files; run in cli/import/import.test.ts')],
  [/^curl http:\/\/127\.0\.0\.1:8088\/services\/collector /, elsewhere('run in receivers/splunk_hec.test.ts')],
  [/^echo "page\.views:1\|c.*\/dev\/udp\//, elsewhere('a feature of bash; sent in receivers/statsd.test.ts')],
  [/^npx otelier import (?:--data \.\/imported |--dry-run )?telemetry\.json(?:\.zst)?$/, prints(/1 item/)],
  [
    /^npx otelier import --data \.\/imported --signal logs --map /,
    elsewhere('run in cli/import/import-parquet.test.ts'),
  ],
  [/^curl -s -H 'content-type: application\/json' .*\/api\/v1\/sql$/, prints(/"checkout"/)],
  [/^curl -sG .*\/loki\/api\/v1\/query_range /, prints(/"resultType":"streams"/)],
  [/^curl -sG .*\/loki\/api\/v1\/query /, prints(/"resultType":"vector"/)],
  [/^curl -sG .*\/tempo\/api\/search /, prints(/"traceID":"[0-9a-f]{32}"/)],
  [/^curl -s .*\/tempo\/api\/v2\/traces\/TRACE_ID$/, elsewhere('needs the ID of a trace')],
  [/^curl -s .*\/jaeger\/api\/services$/, prints(/"data":\[.*"checkout"/)],
  [/^curl -s '.*\/jaeger\/api\/traces\?service=checkout/, prints(/"traceID":"[0-9a-f]{32}"/)],
  [/^curl -s '.*\/api\/v1\/documents\?kind=board'$/, prints(/"documents":\[/)],
  [/^curl -s '.*\/api\/v1\/logs\/patterns\?/, prints(/"patternCount":[1-9]/)],
  [/^curl -s '.*\/api\/v1\/logs\/export\?format=csv/, prints(/^time,severity,service,body,/)],
  [
    /^curl -s .*\/api\/v1\/certificates$/,
    elsewhere('requested in collector/src/certificates/list-certificates.test.ts'),
  ],
  [/^curl -s .*\/api\/v1\/senders$/, prints(/"senders":\[/)],
  [
    /^curl http:\/\/127\.0\.0\.1:4319\/api\/v1\/tenants\/usage$/,
    elsewhere('requested in collector/src/tenants/tenants-view.test.ts'),
  ],
  [/^rabbitmq(-plugins|ctl) /, elsewhere('commands of RabbitMQ')],
  [/^node bench\/store\//, elsewhere('a benchmark')],
  [/^npx otelier run -- node app\.js$/, prints(/^hello from app\.js$/m)],
  [/^curl -X POST http:\/\/127\.0\.0\.1:4318\/v1\/traces /, prints(/^\{.*\}$/m)],
  [/^curl -sG .*query=count by \(job\) \(target_info\)'$/, prints(/"status":"success"/)],
  [/^curl -sG .*label\/job\/values$/, prints(/"data":\["shop\//)],
  [/^npx otelier export --signal traces --since 1h > traces\.jsonl$/, prints(/^\{"resourceSpans":/, 'traces.jsonl')],
  [/^npx otelier test( --filter health)? pipeline\.test\.yaml$/, prints(/^1 test: 1 passed$/m)],
  [/^npx otelier test$/, prints(/^ {2}ok {6}drops health checks [\s\S]*\d tests: \d passed$/m)],
  [/^npx otelier test --junit results\.xml pipeline\.test\.yaml$/, prints(/<testcase name="drops/, 'results.xml')],
  [/^npx otelier test --json pipeline\.test\.yaml$/, prints(/"status": "passed"/)],
  [/^npx otelier alerts check latency\.rules\.yml$/, prints(/: 1 group, 1 alerting rule, 1 recording rule$/m)],
  [/^npx otelier alerts test latency_test\.yml$/, prints(/^1 test: 1 passed$/m)],
  [/^npx otelier test --coverage pipeline\.test\.yaml$/, prints(/^Rules: 1 of 1 matched \(100\.0 %\)$/m)],
  [/^npx otelier simulate --config sampling\.yaml --last 1h$/, prints(/^Pipeline traces$[\s\S]*^ +kept +\d/m)],
  [/^otelier journal (inspect|export|replay) /, elsewhere('run on real queues in cli/journal/journal.test.ts')],
  [/^npx otelier config print > otelier\.yaml$/, prints(/^receivers:$/m, 'otelier.yaml')],
  [
    /^npx otelier (convert |validate --config converted)/,
    elsewhere('run in test/interop/convert and examples.test.ts'),
  ],
  [/^npx otelier validate --config otelier\.yaml$/, prints(/^$/)],
];

/** Returns the first YAML example of a document, or the one after a line with the name of a file. */
async function exampleOf(path: string, file?: string): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '..', '..', path), 'utf8');
  const start = file === undefined ? 0 : text.indexOf(`\n\`${file}\`:\n`);
  assert.ok(start >= 0, `${path} has no example ${file}`);
  return /^```yaml\n([\s\S]*?)^```/m.exec(text.slice(start))?.[1] ?? '';
}

const WITHOUT_NPX = 'PATH="$PWD/node_modules/.bin:$PATH" ';
const TIME_LIMIT = 'the query took longer than 30000 ms';
const documents = documentsIn(join(import.meta.dirname, '..', '..'));

function expectedOf(command: string): Expected | undefined {
  return EXPECTED.find(([pattern]) => pattern.test(command))?.[1];
}

test('every documented command has an expected result, and every result a command', () => {
  const commands = documents.flatMap((document) => document.commands);
  assert.deepEqual(
    commands.filter((command) => expectedOf(command) === undefined),
    [],
  );
  for (const [pattern] of EXPECTED)
    assert.ok(
      commands.some((command) => pattern.test(command)),
      String(pattern),
    );
});

describe('in a fresh checkout with an empty home directory', () => {
  let checkout: Checkout;
  /** The server of the current documents. */
  let server: { readonly command: string; readonly running: Running } | undefined;
  before(async () => {
    checkout = await createCheckout();
    await writeFile(join(checkout.directory, 'app.js'), "console.log('hello from app.js');\n");
    await writeFile(join(checkout.directory, 'sampling.yaml'), await exampleOf('docs/guide/sampling.md'));
    await writeFile(join(checkout.directory, 'pipeline.test.yaml'), await exampleOf('docs/guide/pipeline-tests.md'));
    for (const name of ['latency.rules.yml', 'latency_test.yml'])
      await writeFile(join(checkout.directory, name), await exampleOf('docs/guide/alert-rules.md', name));
    const logRecords = [{ timeUnixNano: `${Date.now()}000000`, body: { stringValue: 'imported' } }];
    const telemetry = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
    await writeFile(join(checkout.directory, 'telemetry.json'), telemetry);
    await writeFile(join(checkout.directory, 'telemetry.json.zst'), zstdCompressSync(telemetry));
  });
  after(() => checkout.remove());

  const runnable = documents
    .map(({ path, commands }) => ({ path, commands: commands.filter((one) => expectedOf(one)?.kind !== 'elsewhere') }))
    .filter(({ commands }) => commands.length > 0);
  // Documents that start with the same server follow each other and use one, because a start takes seconds.
  for (const { path, commands } of [...Map.groupBy(runnable, ({ commands }) => commands[0]).values()].flat())
    test(`every command of ${path} does what the text says`, () => follow(commands));
  test('the last server drains when it is stopped', stopServer);

  async function follow(commands: readonly string[]): Promise<void> {
    if (server?.command !== commands[0]) await stopServer();
    let usesNpx = true;
    for (const command of commands) {
      if (command === server?.command) continue;
      const expected = expectedOf(command);
      // npx does only this, as the first command shows, and takes longer than most commands.
      const line = usesNpx ? command : command.replace(/^npx (?=otelier )/, WITHOUT_NPX);
      usesNpx &&= !command.startsWith('npx otelier ');
      if (expected?.kind === 'serves') {
        const running = checkout.start(line);
        await running.prints('Stop with Ctrl-C');
        server = { command, running };
        continue;
      }
      const running = await runToEnd(line);
      assert.equal(await running.ended, 0, `${command}\n${running.output()}`);
      if (expected?.kind !== 'prints') continue;
      const { file, pattern } = expected;
      const printed = file === undefined ? running.output() : await readFile(join(checkout.directory, file), 'utf8');
      assert.match(printed, pattern, command);
    }
  }

  async function runToEnd(line: string): Promise<Running> {
    for (;;) {
      const running = checkout.startBundled(line);
      // On a busy machine, a query can reach its limit of time.
      if ((await running.ended) === 0 || !running.output().includes(TIME_LIMIT)) return running;
    }
  }

  async function stopServer(): Promise<void> {
    if (server === undefined) return;
    const { running } = server;
    server = undefined;
    running.signal('SIGINT');
    await running.ended;
    assert.match(running.output(), /^Drained in /m);
  }
});
