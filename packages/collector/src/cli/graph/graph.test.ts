import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FREE_PORTS, otelier, printed, whileRunning, withTempDirectory } from '../otelier.testing.ts';
import { type GraphOptions, graphCommand } from './command.ts';

const CONFIG = `
receivers: {otlp: {protocols: {http: {endpoint: 127.0.0.1:0}}}}
processors: {batch: {timeout: 200ms}, batch/slow: {timeout: 5s}}
connectors: {span_metrics: {}}
exporters: {nop: {}, otlp_http/far: {endpoint: "http://127.0.0.1:1"}}
service:
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [nop, otlp_http/far, span_metrics]}
    metrics: {receivers: [span_metrics], processors: [batch/slow], exporters: [nop]}`;

const options = { set: [], url: 'http://127.0.0.1:1' };

/** Draws a configuration. */
async function drawn(file: string, format: GraphOptions['format'] = 'text'): Promise<string> {
  const { stdout, stderr } = await printed((console) => graphCommand({ ...options, config: [file], format }, console));
  assert.equal(stderr, '');
  return stdout;
}

async function withConfig(text: string, run: (file: string) => Promise<void>): Promise<void> {
  await withTempDirectory(async (directory) => {
    const file = join(directory, 'otelier.yaml');
    await writeFile(file, text);
    await run(file);
  });
}

test('draws the pipelines of a configuration without a running process', () =>
  withConfig(CONFIG, async (file) => {
    const stdout = await drawn(file);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => /^ *(?:[┌├└] )?\S*/.exec(line)?.[0]),
      [
        'metrics',
        '  connectors/span_metrics',
        '  ↓',
        '  processors/batch/slow',
        '  ↓',
        '  exporters/nop',
        '',
        'traces',
        '  receivers/otlp',
        '  ↓',
        '  processors/batch',
        '  ↓',
        '  ┌ connectors/span_metrics',
        '  ├ exporters/nop',
        '  └ exporters/otlp_http/far',
      ],
      stdout,
    );
    assert.match(stdout, /┌ connectors\/span_metrics .*→ metrics$/m);
  }));

test('draws a configuration as Mermaid, DOT, SVG and JSON, the same each time', () =>
  withConfig(CONFIG, async (file) => {
    const mermaid = await drawn(file, 'mermaid');
    assert.match(
      mermaid,
      /^flowchart LR\n {2}subgraph p0\["metrics"\]\n {4}n\d+\["processors\/batch\/slow"\]\n {2}end\n/,
    );
    assert.equal(mermaid.match(/ --> /g)?.length, 6);
    const dot = await drawn(file, 'dot');
    assert.match(dot, /^digraph otelier \{[\s\S]* {2}n\d+ -> n\d+;\n\}\n$/);
    const svg = await drawn(file, 'svg');
    assert.equal(svg.match(/<rect /g)?.length, 7);
    assert.deepEqual(await drawn(file, 'svg'), svg);
    const json = JSON.parse(await drawn(file, 'json'));
    assert.deepEqual(
      json.pipelines.map((one: { id: string; steps: string[][] }) => [one.id, one.steps.length]),
      [
        ['metrics', 3],
        ['traces', 3],
      ],
    );
    assert.ok(json.edges.every((edge: object) => !('items' in edge)));
  }));

test('reports the errors of a configuration', () =>
  withConfig('receivers: {otpl: }', async (file) => {
    await assert.rejects(drawn(file), /otelier\.yaml:1:13: .*did you mean "otlp"\?/);
  }));

test('draws the running pipelines with their rates', () =>
  withTempDirectory((directory) =>
    whileRunning(['--data', join(directory, 'data'), '--demo', ...FREE_PORTS], async (running) => {
      const url = running.address('Page and API');
      const rated = /^ {2}exporters\/store .* [1-9][\d,.]* items\/s/m;
      let text = '';
      // The simulated shop sends 5 traces per second, but not in each of them.
      for (const end = performance.now() + 60_000; !rated.test(text) && performance.now() < end; )
        text = (await printed((console) => graphCommand({ ...options, config: [], format: 'text', url }, console)))
          .stdout;
      assert.match(text, rated);
      assert.match(text, /^ {2}[┌├└] receivers\/otlp .* 0 items\/s/m);
      const json = JSON.parse((await otelier(['graph', '--url', url, '--format', 'json'])).stdout);
      assert.ok(json.nodes.every((node: object) => 'itemsPerSecond' in node));
    }),
  ));
