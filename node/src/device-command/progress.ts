import type { DeviceHost } from '@cairn/device';
import type { CommandIo } from '../commands/command-io.ts';
import type { Fleet } from './fleet.ts';

const TERMINAL_MS = 250;
const LINES_MS = 5000;
const JSON_MS = 1000;

/** Says how a fleet is getting on: one line overwritten on a terminal, a line now and then elsewhere, events as JSON. */
export class Progress {
  readonly #io: CommandIo;
  readonly #fleet: Fleet;
  readonly #isJson: boolean;
  readonly #host: DeviceHost;
  readonly #startedMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(io: CommandIo, fleet: Fleet, options: { readonly isJson: boolean; readonly host: DeviceHost }) {
    this.#io = io;
    this.#fleet = fleet;
    this.#isJson = options.isJson;
    this.#host = options.host;
    this.#startedMs = options.host.nowMs();
  }

  started(about: { readonly source: string; readonly feed: string; readonly networkId: string }): void {
    const devices = [...this.#fleet.devices].map(([station, { publicKey }]) => ({ station, publicKey }));
    if (this.#isJson) this.#io.out(JSON.stringify({ event: 'started', ...about, devices }));
    else {
      this.#io.say(`${about.source} -> feed ${about.feed} of network ${about.networkId}`);
      for (const { station, publicKey } of devices.slice(0, 20)) this.#io.say(`  ${station}: device ${publicKey}`);
      if (devices.length > 20) this.#io.say(`  and ${devices.length - 20} more`);
    }
    const everyMs = this.#isJson ? JSON_MS : this.#io.isTerminal ? TERMINAL_MS : LINES_MS;
    this.#timer = setInterval(() => this.#tick(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  finished(): void {
    if (this.#isJson) this.#io.out(JSON.stringify({ event: 'finished', ...this.#state() }));
    else this.#io.say(`done: ${this.#line()}`);
  }

  #tick(): void {
    if (this.#isJson) this.#io.out(JSON.stringify({ event: 'progress', ...this.#state() }));
    else if (this.#io.isTerminal) this.#io.status(this.#line());
    else this.#io.say(this.#line());
  }

  #state() {
    const { counts, queued } = this.#fleet;
    return { seconds: this.#seconds(), ...counts, queued };
  }

  #line(): string {
    const { reported, settled, lost, lastFailure } = this.#fleet.counts;
    const refused = Object.entries(lost).map(([code, count]) => `${count} ${code}`);
    const parts = [
      `${this.#seconds().toFixed(1)} s`,
      `${reported} reported`,
      `${settled} settled`,
      `${this.#fleet.queued} queued`,
      ...(refused.length > 0 ? [`lost: ${refused.join(', ')}`] : []),
      ...(lastFailure === null ? [] : [lastFailure]),
    ];
    return parts.join(' \u00b7 ');
  }

  #seconds(): number {
    return (this.#host.nowMs() - this.#startedMs) / 1000;
  }
}
