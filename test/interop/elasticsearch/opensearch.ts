import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { runStep, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'opensearch');
const VERSION = '2.19.1';

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

/** A node of OpenSearch. */
export interface OpenSearch {
  readonly port: number;
  /** Sends a request with JSON, and returns the response. */
  ask(path: string, method?: string, body?: object): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Installs OpenSearch from Maven and starts a node without data. */
export async function startOpenSearch(): Promise<OpenSearch> {
  await install();
  const home = join(DIRECTORY, 'home');
  rmSync(home, { recursive: true, force: true });
  const ports = await freePorts(2);
  const [port = 0] = ports;
  const options = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-cp', `${DIRECTORY}/lib/*:${DIRECTORY}`];
  const server = await startServer(['java', ...options, 'Main', home, ...ports.map(String)], [port], 1000, 180_000);
  const ask: OpenSearch['ask'] = async (path, method = 'GET', body) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  try {
    while ((await ask('/_cluster/health'))['status'] === 'red') await setTimeout(200);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { port, ask, stop: () => server.stop() };
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'Main.class'))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'pom.xml'), POM);
  writeFileSync(join(DIRECTORY, 'Main.java'), MAIN);
  const copy = ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  for (const command of [copy, ['javac', '-cp', 'lib/*', 'Main.java']]) await runStep(command, DIRECTORY);
}
