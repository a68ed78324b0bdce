import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runStep, runToEnd } from '../processes.ts';

const PROGRAMS = {
  helm: 'helm.sh/helm/v4/cmd/helm@v4.3.1',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  'kube-score': 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0',
};

/** Builds a program from the Go module proxy unless the directory has it, and returns its path. */
export async function programIn(directory: string, name: keyof typeof PROGRAMS): Promise<string> {
  const path = join(directory, name);
  if (!existsSync(path)) await runStep(['env', `GOBIN=${directory}`, 'go', 'install', PROGRAMS[name]]);
  return path;
}

/** Downloads a Go module and returns its directory. */
export async function goModule(module: string): Promise<string> {
  const { code, stdout, stderr } = await runToEnd(['go', 'mod', 'download', '-json', module]);
  if (code !== 0) throw new Error(`${module}: ${stdout}${stderr}`);
  return JSON.parse(stdout).Dir;
}
