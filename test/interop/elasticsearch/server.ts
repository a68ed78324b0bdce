import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { batchOf, createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { elasticsearch } from '../../../packages/collector/src/exporters/elasticsearch.ts';
import type { Comparison } from '../check.ts';
import { freePorts, runStep, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'opensearch');
const VERSION = '2.19.1';
const BATCHES = 10;
const BATCH_ITEMS = 100;
/** Log records whose field is no number, which the server rejects. */
const REJECTED = 7;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>t</groupId><artifactId>o</artifactId><version>1</version><dependencies>
<dependency><groupId>org.opensearch</groupId><artifactId>opensearch</artifactId><version>${VERSION}</version></dependency>
<dependency><groupId>org.opensearch.plugin</groupId><artifactId>transport-netty4-client</artifactId><version>${VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.21.0</version></dependency>
</dependencies></project>
`;

const MAIN = `import java.util.*;
import org.opensearch.common.settings.Settings;
import org.opensearch.node.*;
import org.opensearch.plugins.Plugin;
public class Main {
  static class Server extends Node {
    Server(Settings settings) {
      super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "n1"),
          List.<Class<? extends Plugin>>of(org.opensearch.transport.Netty4Plugin.class), true);
    }
  }
  public static void main(String[] args) throws Exception {
    new Server(Settings.builder().put("path.home", args[0]).put("path.data", args[0] + "/data")
        .put("http.port", args[1]).put("transport.port", args[2]).put("network.host", "127.0.0.1")
        .put("discovery.type", "single-node").put("transport.type", "netty4").put("http.type", "netty4")
        .put("node.store.allow_mmap", false).put("cluster.routing.allocation.disk.threshold_enabled", false)
        .build()).start();
    Thread.currentThread().join();
  }
}
`;

/** Indexes log records in a real OpenSearch, some of which it rejects, and counts them there. */
export async function compareWithOpenSearch(): Promise<Comparison> {
  await install();
  const home = join(DIRECTORY, 'home');
  rmSync(home, { recursive: true, force: true });
  const ports = await freePorts(2);
  const options = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-cp', `${DIRECTORY}/lib/*:${DIRECTORY}`];
  const server = await startServer(
    ['java', ...options, 'Main', home, ...ports.map(String)],
    ports.slice(0, 1),
    1000,
    180_000,
  );
  const url = `http://127.0.0.1:${ports[0]}`;
  const ask = async (path: string, method = 'GET', body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return (await response.json()) as Record<string, unknown>;
  };
  try {
    while ((await ask('/_cluster/health'))['status'] === 'red') await setTimeout(200);
    await ask('/app', 'PUT', { mappings: { properties: { 'Attributes.n': { type: 'integer' } } } });
    const bench = await createComponentBench(elasticsearch, {
      clock: systemClock,
      config: {
        endpoint: url,
        logs_index: 'app',
        mapping: { allowed_modes: ['none'] },
        sending_queue: { enabled: false },
      },
    });
    await bench.start();
    const outcomes: string[] = [];
    for (let batch = 0; batch < BATCHES; batch++) {
      const rejected = batch === 0 ? REJECTED : 0;
      const logRecords = Array.from({ length: BATCH_ITEMS }, (_, i) => ({
        timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(batch * BATCH_ITEMS + i)),
        body: { stringValue: `line ${batch} ${i}` },
        attributes: [{ key: 'n', value: i < rejected ? { stringValue: 'text' } : { intValue: String(i) } }],
      }));
      const outcome = await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
      outcomes.push(outcome.kind === 'partial' ? `partial ${outcome.rejectedItems}` : outcome.kind);
    }
    await bench.close();
    await ask('/app/_refresh', 'POST');
    const { count } = await ask('/app/_count');
    const expected = BATCHES * BATCH_ITEMS - REJECTED;
    const mismatches = [
      ...(count === expected ? [] : [`expected ${expected} documents, got ${String(count)}`]),
      ...outcomes.filter((outcome, i) => outcome !== (i === 0 ? `partial ${REJECTED}` : 'accepted')),
    ];
    return { compared: BATCHES * BATCH_ITEMS, mismatches };
  } finally {
    await server.stop();
  }
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'Main.class'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'pom.xml'), POM);
  writeFileSync(join(DIRECTORY, 'Main.java'), MAIN);
  const copy = ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  for (const command of [copy, ['javac', '-cp', 'lib/*', 'Main.java']]) await runStep(command, DIRECTORY);
}
