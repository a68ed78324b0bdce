import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from '@otelier/testkit/certificates';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { runStep, startServer } from '../processes.ts';

/** A way of a message from or to a server. */
export interface Way {
  readonly name: string;
  readonly protocol: 'rfc5424' | 'rfc3164';
  readonly network: 'tcp' | 'udp' | 'tls';
  /** Whether each message has its length before it. */
  readonly octets: boolean;
}

/** The ways that are tested. */
export const WAYS: readonly Way[] = [
  { name: 'RFC 5424 over TCP', protocol: 'rfc5424', network: 'tcp', octets: false },
  { name: 'RFC 5424 over TCP with octet counting', protocol: 'rfc5424', network: 'tcp', octets: true },
  { name: 'RFC 5424 over TLS with octet counting', protocol: 'rfc5424', network: 'tls', octets: true },
  { name: 'RFC 5424 over UDP', protocol: 'rfc5424', network: 'udp', octets: false },
  { name: 'RFC 3164 over TCP', protocol: 'rfc3164', network: 'tcp', octets: false },
  { name: 'RFC 3164 over UDP', protocol: 'rfc3164', network: 'udp', octets: false },
];

/** A running server, which passes on the lines that it gets on `relayPort`, and writes others to a file. */
export interface SyslogServer {
  /** Port for lines that the server sends to `targets`. */
  readonly relayPort: number;
  /** Ports for messages that the server writes to `file`, by the index of their way. */
  readonly ports: readonly number[];
  readonly file: string;
  stop(): Promise<void>;
}

/** Starts a server that sends to the ports of `targets`, one for each way. */
export type StartServer = (targets: readonly number[], certificates: Certificates) => Promise<SyslogServer>;

const BUILD = join(import.meta.dirname, '..', '.build', 'rsyslog');

/** Starts rsyslog, which is unpacked beside the other programs, because Debian's package excludes that of syslog-ng. */
export const startRsyslog: StartServer = async (targets, certificates) => {
  if (!existsSync(join(BUILD, 'usr'))) {
    mkdirSync(BUILD, { recursive: true });
    await runStep(['apt-get', 'download', 'rsyslog', 'rsyslog-gnutls'], BUILD);
    for (const name of readdirSync(BUILD)) if (name.endsWith('.deb')) await runStep(['dpkg', '-x', name, '.'], BUILD);
  }
  return start('rsyslog', targets, certificates, ({ directory, relayPort, ports, ca }) => {
    const actions = WAYS.map(({ protocol, network, octets }, index) => {
      const template = protocol === 'rfc5424' ? 'RSYSLOG_SyslogProtocol23Format' : 'older';
      const tls =
        network === 'tls' ? 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid"' : '';
      const framing = octets ? 'TCP_Framing="octet-counted"' : '';
      return `action(type="omfwd" target="127.0.0.1" port="${targets[index]}" protocol="${network === 'udp' ? 'udp' : 'tcp'}" template="${template}" ${framing} ${tls})`;
    });
    const inputs = WAYS.flatMap(({ network }, index) =>
      network === 'tls' ? [] : [`input(type="im${network}" address="127.0.0.1" port="${ports[index]}" ruleset="file")`],
    );
    const config = `global(workDirectory="${directory}" parser.escapeControlCharactersOnReceive="off" net.enableDNS="off" DefaultNetstreamDriverCAFile="${ca}")
module(load="imtcp")
module(load="imudp")
template(name="older" type="string" string="<%pri%>%timereported% %hostname% %app-name%[%procid%]: %msg%\\n")
template(name="line" type="string" string="%pri%|%hostname%|%app-name%|%procid%|%msgid%|%structured-data%|%msg:::drop-last-lf%\\n")
ruleset(name="relay") { ${actions.join('\n')} }
ruleset(name="file") { action(type="omfile" file="${directory}/out" template="line") }
input(type="imtcp" address="127.0.0.1" port="${relayPort}" ruleset="relay")
${inputs.join('\n')}
`;
    writeFileSync(join(directory, 'rsyslog.conf'), config);
    const program = join(BUILD, 'usr', 'sbin', 'rsyslogd');
    const modules = join(
      BUILD,
      'usr',
      'lib',
      `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
      'rsyslog',
    );
    return [program, '-n', '-f', join(directory, 'rsyslog.conf'), '-i', join(directory, 'pid'), '-M', modules];
  });
};

/** Starts syslog-ng. */
export const startSyslogNg: StartServer = async (targets, certificates) => {
  const program = '/usr/sbin/syslog-ng';
  if (!existsSync(program)) throw new Error(`${program} is missing: apt-get install syslog-ng-core`);
  return start('syslog-ng', targets, certificates, ({ directory, relayPort, ports, ca, cert, key }) => {
    const drivers = WAYS.map(({ protocol, network, octets }, index) => {
      const flags = protocol === 'rfc5424' && !octets ? 'flags(syslog-protocol)' : '';
      return { name: octets ? 'syslog' : 'network', network, flags, index };
    });
    const destinations = drivers.map(({ name, network, flags, index }) => {
      const tls = network === 'tls' ? `tls(ca-file("${ca}") peer-verify(required-trusted))` : '';
      const time = flags === '' && name === 'network' ? 'ts-format(rfc3164)' : 'ts-format(iso) frac-digits(6)';
      return `${name}("127.0.0.1" port(${targets[index]}) transport("${network}") ${time} time-zone("UTC") ${flags} ${tls});`;
    });
    const sources = drivers.map(({ name, network, flags, index }) => {
      const tls =
        network === 'tls' ? `tls(key-file("${key}") cert-file("${cert}") peer-verify(optional-untrusted))` : '';
      return `${name}(ip("127.0.0.1") port(${ports[index]}) transport("${network}") ${flags} ${tls});`;
    });
    const config = `@version: 3.35
options { keep-hostname(yes); keep-timestamp(yes); use-dns(no); stats-freq(0); chain-hostnames(no); };
source s_relay { network(ip("127.0.0.1") port(${relayPort}) transport("tcp") flags(syslog-protocol)); };
destination d_relay { ${destinations.join('\n')} };
log { source(s_relay); destination(d_relay); };
source s_file { ${sources.join('\n')} };
destination d_file { file("${directory}/out" template("$PRI|$HOST|$PROGRAM|$PID|$MSGID|$SDATA|$MSG\\n")); };
log { source(s_file); destination(d_file); };
`;
    writeFileSync(join(directory, 'syslog-ng.conf'), config);
    const files = ['--cfgfile', join(directory, 'syslog-ng.conf'), '--persist-file', join(directory, 'persist')];
    return [
      program,
      '-F',
      '--no-caps',
      ...files,
      '--pidfile',
      join(directory, 'pid'),
      '--control',
      join(directory, 'ctl'),
    ];
  });
};

interface Prepared {
  readonly directory: string;
  readonly relayPort: number;
  readonly ports: readonly number[];
  /** Paths of certificates. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

async function start(
  name: string,
  targets: readonly number[],
  certificates: Certificates,
  prepare: (prepared: Prepared) => readonly string[],
): Promise<SyslogServer> {
  const [relayPort = 0, ...ports] = await freePorts(1 + targets.length);
  const directory = join(tmpdir(), `otelier-interop-${name}-${relayPort}`);
  mkdirSync(directory, { recursive: true });
  const pem = (file: string, text: string): string => {
    writeFileSync(join(directory, file), text);
    return join(directory, file);
  };
  const { ca, server } = certificates;
  const paths = { ca: pem('ca.pem', ca.cert), cert: pem('cert.pem', server.cert), key: pem('key.pem', server.key) };
  try {
    const running = await startServer(prepare({ directory, relayPort, ports, ...paths }), [relayPort]);
    return {
      relayPort,
      ports,
      file: join(directory, 'out'),
      stop: async () => {
        await running.stop();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}
