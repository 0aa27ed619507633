import { sha256Hash } from '@cairn/crypto';
import { type Hash, Rng } from '@cairn/primitives';
import { TestDevice } from '../../node/src/testing/test-network.ts';
import type { LocalNetwork } from '../fixtures/local-network.ts';
import type { ReportBook } from './invariants/report-book.ts';

const PAUSE_MS = { min: 100, max: 300 };
/** After this the member is taken to be away; the report may have been taken all the same. */
const ANSWER_MS = 3_000;
/** Before any fault. */
const START_ANSWER_MS = 60_000;
/** A device that gets no answer says the same again, to somebody else, so often. */
const TRIES = 3;

export interface WorkloadOptions {
  readonly seed: number;
  readonly devices: number;
  readonly network: LocalNetwork;
  readonly urlOf: (member: number) => string;
  readonly book: ReportBook;
}

/** Devices that report to members at random, all the time, and remember every acknowledgement. */
export class Workload {
  readonly #options: WorkloadOptions;
  readonly #devices: readonly TestDevice[];
  readonly #stopping = new AbortController();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: WorkloadOptions) {
    this.#options = options;
    const { seed, devices, network } = options;
    this.#devices = Array.from({ length: devices }, (_, i) => new TestDevice(seed * 100 + i, network.networkId));
  }

  async register(): Promise<void> {
    const { network } = this.#options;
    for (const device of this.#devices) {
      const registration = device.registration(network.registrar);
      const { status, body } = await this.#post(0, '/v1/registrations', registration, START_ANSWER_MS);
      if (status !== 202) throw new Error(`a registration was answered ${status}: ${JSON.stringify(body)}`);
    }
  }

  start(): void {
    const rng = new Rng(this.#options.seed);
    this.#loops = Promise.all(this.#devices.map((device, i) => this.#run(device, rng.fork(i))));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loops;
  }

  async #run(device: TestDevice, rng: Rng): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const report = device.report();
      this.#options.book.signed.add(sha256Hash(report));
      for (let tries = 0; tries < TRIES && !this.#stopping.signal.aborted; tries++) {
        if (await this.#send(rng.integer(0, this.#options.network.ports.length - 1), report)) break;
      }
      await new Promise((resolve) => setTimeout(resolve, rng.integer(PAUSE_MS.min, PAUSE_MS.max)));
    }
  }

  /** @returns whether the member said anything. */
  async #send(member: number, report: Uint8Array): Promise<boolean> {
    try {
      const { status, body } = await this.#post(member, '/v1/reports', report);
      const [said] = (body as { data?: { reports?: readonly { id: Hash; status: string }[] } }).data?.reports ?? [];
      if (status >= 500 || said === undefined) return false;
      if (said.status === 'accepted') this.#options.book.acknowledge(said.id, member);
      return true;
    } catch {
      // away, stopped, or killed while it was writing the answer
      return false;
    }
  }

  async #post(
    member: number,
    path: string,
    body: Uint8Array,
    timeoutMs = ANSWER_MS,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(this.#options.urlOf(member) + path, {
      method: 'POST',
      headers: { 'content-type': 'application/cbor' },
      body: new Uint8Array(body),
      signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(timeoutMs)]),
    });
    return { status: response.status, body: await response.json() };
  }
}
