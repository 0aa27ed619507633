import { sha256Hash } from '@cairn/crypto';
import { CairnError, type Hash, type NetworkId, type PublicKey, type UnixMs } from '@cairn/primitives';
import { CHANNELS_MAX, type RegistrationBody, type ReportSigner, signReport } from '@cairn/protocol';
import { type Trust, TrustRoot } from '@cairn/verify';
import type { DeviceKey } from './device-key.ts';
import type { DeviceStore } from './device-store.ts';
import type { DeviceErrorCode } from './errors.ts';
import { Gateway, type ReportFate } from './gateway.ts';
import { type DeviceHost, type DeviceOptions, withDefaults } from './options.ts';
import { Outbox } from './outbox.ts';
import { type DeviceObserver, Sender } from './sender.ts';
import { signRegistration } from './sign-registration.ts';

/** One observation, scaled to integers by the feed's exponents. */
export interface Reading {
  /** One integer for each channel of the feed, in its order. */
  readonly values: readonly number[];
  /** The host's clock when absent. */
  readonly observedAt?: UnixMs;
  /** H3 index, as coarse as the feed asks. */
  readonly cell?: bigint;
}

/** Who a device is and whom it talks to. */
export interface DeviceConfig extends Partial<DeviceOptions> {
  readonly key: DeviceKey;
  readonly networkId: NetworkId;
  readonly feed: string;
  /** Base URLs of nodes, tried in turn. */
  readonly gateways: readonly string[];
  /** Needed for `settle: 'certified'`. */
  readonly trust?: Trust | TrustRoot;
}

/** A sensor's side of one feed: signs readings, numbers them for ever, keeps them until they are settled. */
export class Device {
  readonly publicKey: PublicKey;
  readonly feed: string;
  readonly #config: DeviceConfig;
  readonly #host: DeviceHost;
  readonly #observer: DeviceObserver;
  readonly #outbox: Outbox;
  readonly #sender: Sender;

  private constructor(
    config: DeviceConfig,
    dependencies: { host: DeviceHost; observer: DeviceObserver; outbox: Outbox; sender: Sender },
  ) {
    this.#config = config;
    this.#host = dependencies.host;
    this.#observer = dependencies.observer;
    this.#outbox = dependencies.outbox;
    this.#sender = dependencies.sender;
    this.publicKey = config.key.publicKey;
    this.feed = config.feed;
  }

  /** Opens the store. @throws DEVICE_OPTIONS_INVALID, DEVICE_STORE_*, VERIFY_TRUST_* */
  static async open(
    config: DeviceConfig,
    dependencies: { readonly store: DeviceStore; readonly host: DeviceHost; readonly observer?: DeviceObserver },
  ): Promise<Device> {
    const { store, host, observer = {} } = dependencies;
    const options = withDefaults(definedOptions(config));
    const trust = config.trust === undefined ? undefined : TrustRoot.of(config.trust);
    if (config.gateways.length === 0) throw optionsInvalid('at least one gateway is needed');
    if (options.settle === 'certified' && trust === undefined) {
      throw optionsInvalid("settle: 'certified' needs a trust to verify attestations under");
    }
    const timeoutMs = options.requestTimeoutMs;
    const gateways = config.gateways.map((url) => new Gateway({ url, timeoutMs }, { host }));
    const owner = { device: config.key.publicKey, networkId: config.networkId, feed: config.feed };
    const outbox = await Outbox.open(store, owner, options);
    const sender = new Sender(options, { outbox, gateways, host, observer, trust });
    return new Device(config, { host, observer, outbox, sender });
  }

  /** Reports that are not settled yet. */
  get queued(): number {
    return this.#outbox.size;
  }

  /** The gateway in use. */
  get gatewayUrl(): string {
    return this.#sender.gateway.url;
  }

  /**
   * Signs a reading and keeps it until it is settled. Resolves when it is durable; `run` or `flush` send it.
   * @returns the report's id, by which its fate can be asked.
   * @throws DEVICE_READING_INVALID, DEVICE_QUEUE_EXCEEDED, DEVICE_STORE_*
   */
  async report(reading: Reading): Promise<Hash> {
    checkReading(reading);
    const { values, cell, observedAt = this.#host.nowMs() } = reading;
    const { key, networkId, feed } = this.#config;
    const { added, dropped } = await this.#outbox.add((seq) => {
      const payload = { feed, seq, observedAt, values };
      return signReport(cell === undefined ? payload : { ...payload, cell }, { networkId, signer: key });
    });
    if (dropped !== undefined) {
      const meta = { id: dropped.id, seq: dropped.seq };
      this.#observer.lost?.(dropped, new CairnError<DeviceErrorCode>('DEVICE_QUEUE_EXCEEDED', 'dropped unsent', meta));
    }
    return added.id;
  }

  /** Sends what is reported, as it comes, until `signal` aborts. Call `run` or `flush`, one at a time. */
  run(signal: AbortSignal): Promise<void> {
    return this.#sender.run(signal);
  }

  /** Sends until nothing waits. @returns whether that was reached before `signal` aborted. */
  flush(signal: AbortSignal): Promise<boolean> {
    return this.#sender.flush(signal);
  }

  /**
   * Asks the gateways in turn, and gives the first answer: one gateway's word, unproven.
   * @throws DEVICE_GATEWAY_*, DEVICE_ANSWER_MALFORMED of the last, when none answered
   */
  fate(id: Hash, signal: AbortSignal): Promise<ReportFate> {
    return this.#sender.inTurn((gateway) => gateway.fate(id, signal));
  }

  /**
   * Registers this device for its feed: by itself where the feed is open, else with a registrar's key. Safe to repeat.
   * The gateways are tried in turn; the first answer stands. The registration counts from the block that holds it; until then reports wait in the queue.
   * @throws DEVICE_REGISTRATION_INVALID, DEVICE_GATEWAY_*, DEVICE_ANSWER_MALFORMED
   */
  async register(
    body: Pick<RegistrationBody, 'owner' | 'cell' | 'notBefore' | 'notAfter'>,
    by: { readonly registrar?: ReportSigner; readonly signal: AbortSignal },
  ): Promise<void> {
    const { key, networkId, feed } = this.#config;
    const full: RegistrationBody = { ...body, device: key.publicKey, feeds: [feed], issuedAt: this.#host.nowMs() };
    const bytes = signRegistration(full, { networkId, signer: by.registrar ?? key });
    const { status, code } = await this.#sender.inTurn((gateway) =>
      gateway.register(bytes, sha256Hash(bytes), by.signal),
    );
    if (status === 'refused' && code !== 'already-registered') {
      const reason = String(code ?? 'unknown').slice(0, 64);
      const why = `the registration was refused: ${reason}`;
      throw new CairnError<DeviceErrorCode>('DEVICE_REGISTRATION_INVALID', why, { code: reason });
    }
  }

  /** Closes the store; unsettled reports are sent after the next start. Abort `run` first. */
  close(): Promise<void> {
    return this.#outbox.close();
  }
}

function checkReading({ values, observedAt }: Reading): void {
  const isTime = observedAt === undefined || (Number.isSafeInteger(observedAt) && observedAt >= 0);
  if (values.length >= 1 && values.length <= CHANNELS_MAX && values.every(Number.isSafeInteger) && isTime) return;
  throw new CairnError<DeviceErrorCode>('DEVICE_READING_INVALID', 'a reading is 1 to 16 integers within 2^53');
}

function optionsInvalid(why: string): CairnError {
  return new CairnError<DeviceErrorCode>('DEVICE_OPTIONS_INVALID', why);
}

function definedOptions({ key, networkId, feed, gateways, trust, ...options }: DeviceConfig): Partial<DeviceOptions> {
  return options;
}
