import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { startOpenSearch } from '../elasticsearch/opensearch.ts';
import { startBroker } from '../kafka/broker.ts';
import { type Running, runStep, startServer } from '../processes.ts';

/** A real server that is read. */
export interface PullServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts nginx with a page of `stub_status`. */
export async function startNginx(): Promise<PullServer> {
  return start('nginx', async (directory, port) => {
    const config = `daemon off; master_process off; pid ${directory}/pid; error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location /status { stub_status; }
    location / { return 200 "ok"; }
  }
}
`;
    writeFileSync(join(directory, 'nginx.conf'), config);
    return [program('/usr/sbin/nginx', 'nginx-light'), '-c', join(directory, 'nginx.conf'), '-e', 'stderr'];
  });
}

/** Starts the Apache HTTP server with a page of `mod_status`. */
export async function startApache(): Promise<PullServer> {
  return start('apache', async (directory, port) => {
    const apache = program('/usr/sbin/apache2', 'apache2-bin');
    const modules = ['mpm_event', 'authz_core', 'status'].map(
      (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
    );
    const config = `${modules.join('\n')}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${directory}/pid
ErrorLog ${directory}/error.log
LogLevel crit
DocumentRoot ${directory}
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
StartServers 1
ExtendedStatus On
<Location /server-status>
  SetHandler server-status
</Location>
`;
    writeFileSync(join(directory, 'apache.conf'), config);
    return [apache, '-d', directory, '-f', join(directory, 'apache.conf'), '-DFOREGROUND'];
  });
}

/** Starts Redis, with a limit of memory, that saves nothing. */
export async function startRedis(more: Readonly<Record<string, string>> = {}): Promise<PullServer> {
  return start('redis', async (directory, port) => {
    const redis = program('/usr/bin/redis-server', 'redis-server');
    const options = { port, bind: '127.0.0.1', dir: directory, save: '', maxmemory: '64mb', appendonly: 'no', ...more };
    return [redis, ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
  });
}

/** Starts PostgreSQL, which trusts every client. */
export async function startPostgresql(): Promise<PullServer> {
  return start('postgresql', async (directory, port) => {
    const root = '/usr/lib/postgresql';
    const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined;
    const bin = join(root, version ?? '', 'bin');
    program(join(bin, 'postgres'), 'postgresql');
    // The server does not run as root.
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
    if (isRoot) await runStep(['chown', 'postgres:postgres', directory]);
    await runStep([...user, join(bin, 'initdb'), '-D', `${directory}/data`, '-A', 'trust', '-U', 'monitor', '-N']);
    const settings = { fsync: 'off', track_functions: 'all', shared_buffers: '16MB', max_connections: '40' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const address = ['-h', '127.0.0.1', '-p', String(port), '-k', directory];
    return [...user, join(bin, 'postgres'), '-D', `${directory}/data`, ...address, ...options];
  });
}

/** Starts MariaDB, which trusts the user root, with its performance schema. */
export async function startMysql(): Promise<PullServer> {
  return start('mysql', async (directory, port) => {
    const server = program('/usr/sbin/mariadbd', 'mariadb-server-core');
    const data = join(directory, 'data');
    const paths = [`--datadir=${data}`, `--user=${process.getuid?.() === 0 ? 'root' : 'mysql'}`];
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'];
    await runStep([
      program('/usr/bin/mariadb-install-db', 'mariadb-server-core'),
      '--no-defaults',
      ...paths,
      ...install,
    ]);
    const settings = {
      port,
      'bind-address': '127.0.0.1',
      socket: join(directory, 'socket'),
      'pid-file': join(directory, 'pid'),
      'performance-schema': 'ON',
      'performance-schema-consumer-statements-digest': 'ON',
      'innodb-buffer-pool-size': '16M',
      'innodb-log-file-size': '4M',
      'innodb-flush-log-at-trx-commit': '0',
    };
    return [
      server,
      '--no-defaults',
      ...paths,
      '--skip-name-resolve',
      ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
    ];
  });
}

const FERRETDB = join(import.meta.dirname, '..', '.build', 'ferretdb');
const FERRETDB_VERSION = 'v1.24.2';
const FERRETDB_MAIN = `package main

import (
	"context"
	"log"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listener := ferretdb.ListenerConfig{TCP: os.Args[1]}
	server, err := ferretdb.New(&ferretdb.Config{Listener: listener, Handler: "sqlite", SQLiteURL: "file:" + os.Args[2] + "/"})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Run(context.Background()))
}
`;

/** Builds FerretDB with Go, unless it is there, and starts it over SQLite. */
export async function startMongodb(): Promise<PullServer> {
  return start('mongodb', async (directory, port) => {
    const binary = join(FERRETDB, 'ferretdb');
    if (!existsSync(binary)) {
      mkdirSync(FERRETDB, { recursive: true });
      writeFileSync(join(FERRETDB, 'main.go'), FERRETDB_MAIN);
      writeFileSync(join(FERRETDB, 'go.mod'), 'module ferretdb\n\ngo 1.22\n');
      await runStep(['go', 'get', `github.com/FerretDB/FerretDB/ferretdb@${FERRETDB_VERSION}`], FERRETDB);
      await runStep(['go', 'build', '-o', 'ferretdb', '.'], FERRETDB);
    }
    return [binary, `127.0.0.1:${port}`, directory];
  });
}

/** Starts a node of OpenSearch. */
export async function startElasticsearch(): Promise<PullServer> {
  const { port, stop } = await startOpenSearch();
  return { port, stop };
}

/** Starts a broker of Kafka. */
export async function startKafka(): Promise<PullServer> {
  const broker = await startBroker();
  return { port: Number(broker.address.split(':')[1]), stop: () => broker.stop() };
}

type Prepare = (directory: string, port: number) => Promise<readonly string[]>;

async function start(name: string, prepare: Prepare): Promise<PullServer> {
  const [port = 0] = await freePorts(1);
  const directory = join(tmpdir(), `otelier-interop-${name}-${port}`);
  mkdirSync(directory, { recursive: true });
  let server: Running;
  try {
    server = await startServer(await prepare(directory, port), [port], 50, 60_000);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function program(path: string, debianPackage: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: apt-get install ${debianPackage}`);
  return path;
}
