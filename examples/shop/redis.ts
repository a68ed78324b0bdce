import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A replacement for Redis in memory, with the commands that the shop uses. It speaks RESP 2. */
export async function startRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const store = new Store();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let pending = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      pending += text;
      for (let found = readCommand(pending); found !== undefined; found = readCommand(pending)) {
        pending = pending.slice(found.length);
        void store.run(found.args).then((reply) => socket.write(encode(reply), 'latin1'));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Reply = string | number | undefined | Error | readonly Reply[];

class Store {
  readonly #hashes = new Map<string, Map<string, number>>();
  readonly #lists = new Map<string, string[]>();
  readonly #waiting: { readonly key: string; readonly take: (value: string) => void }[] = [];

  async run([name = '', key = '', ...args]: readonly string[]): Promise<Reply> {
    const hash = this.#hashes.get(key) ?? new Map<string, number>();
    switch (name.toUpperCase()) {
      case 'INFO':
        return 'redis_version:7.0.0\r\nloading:0\r\n';
      case 'HINCRBY': {
        const [field = '', by = '0'] = args;
        this.#hashes.set(key, hash.set(field, (hash.get(field) ?? 0) + Number(by)));
        return hash.get(field);
      }
      case 'HGETALL':
        return [...hash].flatMap(([field, value]) => [field, String(value)]);
      case 'DEL':
        return Number(this.#hashes.delete(key)) + Number(this.#lists.delete(key));
      case 'RPUSH':
        return this.#push(key, args);
      case 'BLPOP':
        return this.#pop(key, Number(args[0]) * 1000);
      default:
        return new Error(`ERR unknown command '${name}'`);
    }
  }

  #push(key: string, values: readonly string[]): number {
    const list = this.#lists.get(key) ?? [];
    this.#lists.set(key, list);
    for (const value of values) {
      const index = this.#waiting.findIndex((each) => each.key === key);
      const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
      if (waiting === undefined) list.push(value);
      else waiting.take(value);
    }
    return list.length;
  }

  async #pop(key: string, timeoutMillis: number): Promise<Reply> {
    const value = this.#lists.get(key)?.shift();
    if (value !== undefined) return [key, value];
    return new Promise((resolve) => {
      const waiting = {
        key,
        take(taken: string) {
          clearTimeout(timer);
          resolve([key, taken]);
        },
      };
      this.#waiting.push(waiting);
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(undefined);
      }, timeoutMillis);
    });
  }
}

/** Reads a command, an array of bulk strings, whose characters are bytes. Returns `undefined` if it is not complete. */
function readCommand(text: string): { readonly args: readonly string[]; readonly length: number } | undefined {
  const [head = '', count] = /^\*(\d+)\r\n/.exec(text) ?? [];
  let position = head.length;
  const args: string[] = [];
  for (let i = 0; i < Number(count); i++) {
    const [line = '', length] = /^\$(\d+)\r\n/.exec(text.slice(position, position + 32)) ?? [];
    const start = position + line.length;
    position = start + Number(length) + 2;
    if (line === '' || text.length < position) return undefined;
    args.push(text.slice(start, position - 2));
  }
  return count === undefined ? undefined : { args, length: position };
}

function encode(reply: Reply): string {
  if (reply === undefined) return '*-1\r\n';
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}
