import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchArgs {
  readonly isJson: boolean;
  /** Of measuring, starting and warming up not counted. */
  readonly seconds: number;
  /** Where the members leave a CPU profile of each of their threads; null: none are made. */
  readonly profileDir: string | null;
}

/** Reads `--json`, `--seconds N` and `--profile DIR`; `usage` is what --help prints before it ends the process. */
export function benchArgs(usage: string, defaultSeconds: number): BenchArgs {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: String(defaultSeconds) },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (values.help || !(seconds >= 1 && seconds <= 600)) {
    console.log(
      `${usage}\n  --seconds N  1 to 600, default ${defaultSeconds}\n  --json       one JSON object on the last line`,
    );
    process.exit(values.help ? 0 : 2);
  }
  return { isJson: values.json, seconds, profileDir: values.profile ?? null };
}

/** Progress, which is nobody's result. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What the figures were measured on, and how busy it was. */
export function machineFacts() {
  const [load = 0] = loadavg();
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    loadAverage: rounded(load, 1),
  };
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
