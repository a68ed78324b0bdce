import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { printed, startBeforeTests } from '../otelier.testing.ts';
import { createPaint } from '../terminal/color.ts';
import { topCommand } from './command.ts';
import { frameLines } from './frame.ts';
import { topRows } from './rows.ts';

const BIN = fileURLToPath(new URL('../../../bin/otelier.js', import.meta.url));
/** util-linux provides `script`, which runs a command in its own terminal. */
const HAS_SCRIPT = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

const CONFIG = `
receivers: {generator: {traces_per_second: 50}}
processors: {filter: {traces: {span: ['true']}}}
exporters: {nop: {}, otlp_http: {endpoint: "http://127.0.0.1:1"}}
extensions: {workbench: {endpoint: 127.0.0.1:0}}
service:
  extensions: [workbench]
  telemetry: {logs: {level: error}}
  pipelines:
    traces: {receivers: [generator], processors: [filter], exporters: [nop]}
    traces/out: {receivers: [generator], exporters: [otlp_http]}`;

const url = startBeforeTests(CONFIG);

const options = { interval: 0.5, sort: 'items', cpu: true } as const;

test('prints one table with throughput, drops, queues and CPU usage', async () => {
  const { stdout } = await printed((console) => topCommand({ ...options, url: url(), once: true }, console));
  assert.match(stdout, /^CPU \d+\.\d\d cores {2}memory \d+ MB \(heap \d+ MB\) {2}event loop delay \d+ ms$/m);
  assert.match(stdout, /^in flight [\d.]+ k?M?B of \d+ MB {2}rejected requests 0$/m);
  assert.match(stdout, /^component +items\/s +bytes\/s +refused\/s +dropped\/s +dropped +queue +CPU$/m);
  assert.match(stdout, /^processors\/filter( +[\d.,]+)( +[\d.]+ k?B)( +[\d.,]+)( +[\d.,]+) +[<\d]+ %$/m);
  assert.match(stdout, /^exporters\/otlp_http .* [<\d]+ % +[<\d]+ %\n {2}retrying, .*ECONNREFUSED/m);
});

test('prints JSON', async () => {
  const { stdout } = await printed((console) =>
    topCommand({ ...options, url: url(), json: true, cpu: false }, console),
  );
  const { components, process: stats } = JSON.parse(stdout);
  const filter = components.find(({ name }: { name: string }) => name === 'processors/filter');
  assert.ok(filter.droppedItems > 0 && !('cpuCores' in filter), stdout);
  assert.ok(stats.rssBytes > 0);
});

/** The terminal of a program: what it shows, and keys to press. */
class Terminal {
  output = '';
  readonly #child: ChildProcess;
  readonly ended: Promise<number | null>;
  #wake: () => void = () => {};

  constructor(command: string) {
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
  }

  /** Waits until the text after a position matches, and returns it. */
  async shows(pattern: RegExp, from = 0): Promise<string> {
    while (!pattern.test(this.output.slice(from))) {
      assert.equal(this.#child.exitCode, null, this.output);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.output.slice(from);
  }

  press(keys: string): number {
    const position = this.output.length;
    this.#child.stdin?.write(keys);
    return position;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const ESCAPE = '\u001b';
/** The first line without a mark that the view is paused. */
const RUNNING = new RegExp(`otelier {2}[\\d:]+Z${ESCAPE}\\[K`);
const SEQUENCES = new RegExp(`${ESCAPE}\\[[\\d;?]*[A-Za-z]`, 'g');

test('shows the components live, sorts, pauses, follows the size of the terminal, and quits', {
  skip: !HAS_SCRIPT && 'needs script of util-linux',
}, async () => {
  const top = [process.execPath, BIN, 'top', '--url', url(), '--interval', '0.3', '--no-cpu'].map((arg) => `'${arg}'`);
  const terminal = new Terminal(`stty cols 100 rows 20; tty; exec ${top.join(' ')}`);
  try {
    const started = await terminal.shows(/receivers\/generator[\s\S]*q quit/);
    assert.ok(started.includes(`${ESCAPE}[?1049h`), 'expected the alternate screen');
    const device = /\/dev\/\S+/.exec(started)?.[0] ?? '';
    // The whole screen is never erased, so that nothing flickers.
    assert.ok(!started.includes(`${ESCAPE}[2J`));
    // Sorted by name, the exporters are first.
    await terminal.shows(
      /component[\s\S]*exporters\/nop[\s\S]*processors\/filter[\s\S]*receivers\/generator/,
      terminal.press('n'),
    );
    await terminal.shows(/PAUSED/, terminal.press(' '));
    await terminal.shows(RUNNING, terminal.press(' '));
    const before = terminal.output.length;
    spawnSync('stty', ['-F', device, 'cols', '40', 'rows', '8']);
    const small = await terminal.shows(/… \d more/, before);
    const frame = small.slice(small.lastIndexOf(`${ESCAPE}[H`, small.search(/… \d more/)));
    for (const line of frame.split('\r\n').slice(0, 7)) {
      const text = line.replaceAll(SEQUENCES, '').trimEnd();
      assert.ok(text.length <= 40, `${text.length} characters: ${text}`);
    }
    terminal.press('q');
    assert.equal(await terminal.ended, 0);
    assert.ok(
      terminal.output.endsWith(`${ESCAPE}[?7h${ESCAPE}[?25h${ESCAPE}[?1049l`),
      JSON.stringify(terminal.output.slice(-80)),
    );
  } finally {
    terminal.kill();
  }
});

test('names from an unknown process cannot control the terminal', () => {
  const node = {
    id: 'a',
    kind: 'processor',
    component: 'a\u001b[2J\nb',
    type: 'a',
    pipelines: [],
    summary: '',
    dropped: {},
    problem: 'x\u0007',
  } as const;
  const stats = { cpuCores: 0, rssBytes: 0, heapBytes: 0, externalBytes: 0, eventLoopDelayP99Millis: 0 };
  const graph = {
    atMillis: 0,
    nodes: [node],
    edges: [],
    admission: { inFlightBytes: 0, limitBytes: 0, refusedRequests: 0 },
    process: stats,
  };
  const frame = {
    graph,
    rows: topRows(graph, graph, undefined),
    cpu: undefined,
    sort: 'name' as const,
    message: '\u001bc',
  };
  for (let columns = 1; columns < 100; columns++) {
    for (const lines of [1, 3, 5, 24]) {
      const shown = frameLines(frame, createPaint(false), { columns, lines });
      assert.ok(
        shown.length <= lines && shown.every((line) => line.length <= Math.max(1, columns)),
        `${columns} × ${lines}`,
      );
      assert.doesNotMatch(shown.join(''), /\p{Cc}/u);
    }
  }
});
