import { execFileSync, spawn, spawnSync } from 'node:child_process';

/** Set inside: the process has namespaces of its own. */
const MARK = 'CAIRN_FAULTS_ENCLOSED';
const UNSHARE = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** Makes what a run makes, and removes it. */
const PROBE =
  'command -v nsenter && ip link add port0 type veth peer name peer0 && ip link add bridge0 type bridge && mount -t tmpfs -o size=1m none /mnt';

export const isEnclosed = (): boolean => process.env[MARK] !== undefined;

/**
 * How this machine lets a process have its own network, mounts and process ids: as root, or as root of a user namespace.
 * @returns the arguments of `unshare`, or why it does not.
 */
export function findEnclosure(): { readonly args: readonly string[] } | { readonly missing: string } {
  let missing = 'there is no unshare';
  for (const extra of process.getuid?.() === 0 ? [[], ['--map-root-user']] : [['--map-root-user']]) {
    const args = [...extra, ...UNSHARE];
    const { status, stderr } = spawnSync('unshare', [...args, 'sh', '-c', PROBE], { encoding: 'utf8' });
    if (status === 0) return { args };
    if (stderr) missing = stderr.trim().split('\n').at(-1) as string;
  }
  return { missing };
}

/** A person who stops the run with Ctrl-C reaches the program inside too, which has so long to clean up. */
const GRACE_MS = 15_000;

/**
 * Runs this program again, inside. When either ends, so do all processes in it.
 * @param temporary where everything inside puts its files. @returns its exit code.
 */
export function runEnclosed(
  unshareArgs: readonly string[],
  { programArgs, temporary }: { readonly programArgs: readonly string[]; readonly temporary: string },
): Promise<number> {
  const command = [process.execPath, ...process.execArgv, ...programArgs];
  const child = spawn('unshare', [...unshareArgs, ...command], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1', TMPDIR: temporary },
  });
  process.once('SIGTERM', () => child.kill('SIGKILL'));
  process.once('SIGINT', () => setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref());
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 130));
  });
}

/** A new network namespace has its loopback device down. */
export function raiseLoopback(): void {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
}

/** Whether the kernel has a queueing discipline, by adding it to the loopback device of this private namespace. */
export function hasDiscipline(...discipline: string[]): boolean {
  try {
    execFileSync('tc', ['qdisc', 'add', 'dev', 'lo', 'root', ...discipline], { stdio: 'ignore' });
    execFileSync('tc', ['qdisc', 'del', 'dev', 'lo', 'root'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
