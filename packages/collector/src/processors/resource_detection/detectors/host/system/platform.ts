import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import * as os from 'node:os';
import { promisify } from 'node:util';

/** Returns the semantic convention name of the operating system. */
export function osType(): string {
  if (process.platform === 'win32') return 'windows';
  return process.platform === 'sunos' ? 'solaris' : process.platform;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm: 'arm32', ia32: 'x86', mipsel: 'mipsle' };

/** Returns the semantic convention name of the CPU architecture. */
export function hostArch(): string {
  return ARCHITECTURES[process.arch] ?? process.arch;
}

/** The distribution or edition of the operating system. */
export interface Platform {
  readonly name: string;
  readonly version: string;
}

/** Files specific to one distribution, in the order in which they are tried. */
const RELEASE_FILES: readonly (readonly [file: string, name: string])[] = [
  ['oracle-release', 'oracle'],
  ['enterprise-release', 'oracle'],
  ['slackware-version', 'slackware'],
  ['debian_version', 'debian'],
  ['neokylin-release', ''],
  ['redhat-release', ''],
  ['system-release', ''],
  ['gentoo-release', 'gentoo'],
  ['SuSE-release', 'suse'],
  ['arch-release', 'arch'],
  ['alpine-release', 'alpine'],
];

const LSB_NAMES: Readonly<Record<string, string>> = { Ubuntu: 'ubuntu', LinuxMint: 'linuxmint' };

/** Returns the platform described by the files in `/etc`. */
export async function readPlatform(): Promise<Platform> {
  if (process.platform !== 'linux') return { name: osType(), version: os.release() };
  for (const [file, name] of RELEASE_FILES) {
    const content = await readFile(`/etc/${file}`, 'utf8').catch(() => '');
    if (content === '') continue;
    return name === 'debian'
      ? debianPlatform(content)
      : { name: name || redHatName(content), version: versionIn(content) };
  }
  const release = await osRelease();
  return { name: release.get('ID') ?? '', version: release.get('VERSION_ID') ?? '' };
}

/**
 * Returns the platform for Debian and its derivatives, which have Debian's file but describe themselves in
 * `lsb-release`.
 */
async function debianPlatform(content: string): Promise<Platform> {
  const lsb = parseAssignments(await readFile('/etc/lsb-release', 'utf8').catch(() => ''));
  const id = lsb.get('DISTRIB_ID') ?? '';
  const name = LSB_NAMES[id] ?? (id === 'Kylin' || id === 'uos' || id === 'Deepin' ? id : undefined);
  if (name !== undefined) return { name, version: lsb.get('DISTRIB_RELEASE') ?? '' };
  return { name: 'debian', version: content.split('\n')[0] ?? '' };
}

function redHatName(content: string): string {
  return content.includes('Red Hat') ? 'redhat' : (content.toLowerCase().split(/\s/)[0] ?? '');
}

function versionIn(content: string): string {
  if (/rawhide/i.test(content)) return 'rawhide';
  return /(\d+(?:\.\d+)*)/.exec(content)?.[1] ?? '';
}

/** Returns the release description and the output of `uname -snrvm`. */
export async function osDescription(): Promise<string> {
  const uname = [os.type(), os.hostname(), os.release(), os.version(), os.machine()].join(' ');
  const release = await osRelease();
  const version = release.get('VERSION') || release.get('VERSION_ID');
  const name = release.get('NAME');
  const text = name && version ? `${name} ${version}` : release.get('PRETTY_NAME');
  return text ? `${text} (${uname})` : uname;
}

/** Returns the operating system build, or the kernel version. */
export async function osBuildId(): Promise<string> {
  if (process.platform !== 'linux') return os.release();
  const content = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const line = content.split('\n').find((text) => text.startsWith('BUILD_ID='));
  return line?.slice('BUILD_ID='.length).replace(/^"+|"+$/g, '') || os.release();
}

/** Returns the host's unique ID, or `undefined` if it has none. */
export async function hostId(): Promise<string | undefined> {
  if (process.platform === 'darwin') {
    const { stdout } = await promisify(execFile)('ioreg', ['-rd1', '-c', 'IOPlatformExpertDevice']).catch(() => ({
      stdout: '',
    }));
    return /"IOPlatformUUID" = "([^"]+)"/.exec(stdout)?.[1];
  }
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id', '/etc/hostid']) {
    const id = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (id !== '') return id;
  }
  return undefined;
}

async function osRelease(): Promise<Map<string, string>> {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    const content = await readFile(file, 'utf8').catch(() => undefined);
    if (content !== undefined) return parseAssignments(content);
  }
  return new Map();
}

/** Parses lines such as `NAME="value"`, in which a backslash escapes special shell characters. */
function parseAssignments(content: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of content.split('\n')) {
    const equals = line.indexOf('=');
    if (equals <= 0 || line.trim().startsWith('#')) continue;
    const text = line.slice(equals + 1).trim();
    const quoted = /^(["'])(.*)\1$/.exec(text);
    values.set(line.slice(0, equals).trim(), (quoted?.[2] ?? text).replace(/\\([$"'\\`])/g, '$1'));
  }
  return values;
}
