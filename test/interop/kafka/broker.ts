import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, type Running, runStep, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'kafka');
const VERSION = '4.3.1';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>t</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
</dependencies></project>
`;

/** Users of the listener with SASL. */
export const USER = { username: 'alice', password: 'alice-secret' } as const;

/** A real Kafka broker, with a listener without and one with SASL. */
export interface Broker {
  readonly address: string;
  /** Address of the listener with SASL. */
  readonly saslAddress: string;
  /** Kills the broker as by a power failure. */
  kill(): Promise<void>;
  /** Starts a broker that was killed, with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a broker with empty topics of three partitions. */
export async function startBroker(): Promise<Broker> {
  await install();
  const ports = await freePorts(3);
  const [plain = 0, sasl = 0, controller = 0] = ports;
  const home = join(DIRECTORY, `home-${plain}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const properties = join(home, 'server.properties');
  writeFileSync(properties, propertiesOf(plain, sasl, controller, join(home, 'data')));
  const tool = ['java', '-Xmx256m', '-cp', `${DIRECTORY}/lib/*`, 'kafka.tools.StorageTool', 'format'];
  const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${USER.username},password=${USER.password}]`,
  ]);
  await runStep([...tool, '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', properties, ...scram]);
  const start = () =>
    startServer(
      [
        'java',
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        '-cp',
        `${DIRECTORY}/lib/*`,
        'kafka.Kafka',
        properties,
      ],
      [plain, sasl],
      100,
      120_000,
    );
  let server: Running | undefined = await start();
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    const closed = new Promise((resolve) => running.child.once('close', resolve));
    running.child.kill(signal);
    await closed;
  };
  return {
    address: `127.0.0.1:${plain}`,
    saslAddress: `127.0.0.1:${sasl}`,
    kill: () => end('SIGKILL'),
    async restart() {
      server = await start();
    },
    async stop() {
      await end('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function propertiesOf(plain: number, sasl: number, controller: number, data: string): string {
  const login = (module: string, options: string) => `org.apache.kafka.common.security.${module} required ${options};`;
  const users = `user_${USER.username}="${USER.password}"`;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${plain},SASL_PLAINTEXT://127.0.0.1:${sasl}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=${login('plain.PlainLoginModule', users)}
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=${login('scram.ScramLoginModule', '')}
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=${login('scram.ScramLoginModule', '')}
log.dirs=${data}
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
`;
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'lib', `kafka_2.13-${VERSION}.jar`))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'pom.xml'), POM);
  const copy = ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  await runStep(copy, DIRECTORY);
}
