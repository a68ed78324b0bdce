import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { NODE } from '../gateway.ts';

const repository = join(import.meta.dirname, '..', '..', '..');

/** Builds the image of this machine's architecture, and returns the digests of its manifest and of its index. */
export async function buildImage(layout: string): Promise<readonly string[]> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const args = ['tools/image/run.ts', '--arch', architecture, '--out', layout];
  const child = spawn(NODE, args, { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error('the image was not built');
  const lines = output.trim().split('\n');
  return lines.map((line) => JSON.parse(line)).map(({ digest, image }) => digest ?? image);
}
