import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCertificates } from '@otelier/testkit/certificates';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { type Running, runStep, startServer } from '../processes.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'kafka');
const VERSION = '4.3.1';

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>t</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
</dependencies></project>
`;

/** Users of the listener with SASL. */
export const USER = { username: 'alice', password: 'alice-secret' } as const;

/** A real Kafka broker, with listeners with and without SASL and TLS. */
export interface Broker {
  readonly address: string;
  /** Address of the listener with SASL. */
  readonly saslAddress: string;
  /** Addresses with TLS, the first of which requires a client certificate. */
  readonly tlsAddress: string;
  readonly saslTlsAddress: string;
  /** Files with the certificates, as `tls` of a client. */
  readonly tls: { readonly ca_file: string; readonly cert_file: string; readonly key_file: string };
  /** Kills the broker as by a power failure. */
  kill(): Promise<void>;
  /** Starts a broker that was killed, with its data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a broker with empty topics of three partitions. */
export async function startBroker(): Promise<Broker> {
  await install();
  const [plain = 0, sasl = 0, tls = 0, saslTls = 0, controller = 0] = await freePorts(5);
  const listeners = { PLAINTEXT: plain, SASL_PLAINTEXT: sasl, SSL: tls, SASL_SSL: saslTls };
  const home = join(DIRECTORY, `home-${plain}`);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const properties = join(home, 'server.properties');
  const { ca, server: serverCertificate, client } = await createCertificates();
  const files = { ca_file: ca.cert, cert_file: client.cert, key_file: client.key };
  for (const [name, contents] of Object.entries(files)) writeFileSync(join(home, name), contents);
  const pathOf = (name: keyof typeof files) => join(home, name);
  const security = securityOf(ca.cert, serverCertificate);
  writeFileSync(properties, propertiesOf(listeners, controller, join(home, 'data')) + security);
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
      Object.values(listeners),
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
    tlsAddress: `127.0.0.1:${tls}`,
    saslTlsAddress: `127.0.0.1:${saslTls}`,
    tls: { ca_file: pathOf('ca_file'), cert_file: pathOf('cert_file'), key_file: pathOf('key_file') },
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

function propertiesOf(listeners: Readonly<Record<string, number>>, controller: number, data: string): string {
  const addresses = Object.entries(listeners).map(([name, port]) => `${name}://127.0.0.1:${port}`);
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=${addresses.join(',')},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=${addresses.join(',')}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,${Object.keys(listeners)
    .map((name) => `${name}:${name}`)
    .join(',')}
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

/** Certificates, users, and tokens, which the broker accepts without a signature. */
function securityOf(ca: string, { cert, key }: { readonly cert: string; readonly key: string }): string {
  const modules = {
    plain: `plain.PlainLoginModule required user_${USER.username}="${USER.password}"`,
    'scram-sha-256': 'scram.ScramLoginModule required',
    'scram-sha-512': 'scram.ScramLoginModule required',
    oauthbearer: 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"',
  };
  const logins = ['sasl_plaintext', 'sasl_ssl'].flatMap((listener) =>
    Object.entries(modules).map(
      ([mechanism, module]) =>
        `listener.name.${listener}.${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.${module};`,
    ),
  );
  const escaped = (pem: string) => pem.trim().replace(/\r?\n/g, '\\n');
  return `sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
${logins.join('\n')}
ssl.keystore.type=PEM
ssl.keystore.certificate.chain=${escaped(cert)}
ssl.keystore.key=${escaped(key)}
ssl.truststore.type=PEM
ssl.truststore.certificates=${escaped(ca)}
listener.name.ssl.ssl.client.auth=required
`;
}

async function install(): Promise<void> {
  if (existsSync(join(DIRECTORY, 'lib', `kafka_2.13-${VERSION}.jar`))) return;
  mkdirSync(DIRECTORY, { recursive: true });
  writeFileSync(join(DIRECTORY, 'pom.xml'), POM);
  const copy = ['mvn', '-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=lib'];
  await runStep(copy, DIRECTORY);
}
