import { sha256Hash } from '@cairn/crypto';
import { fromHex, type Hash, type MemberIndex, type PublicKey } from '@cairn/primitives';
import {
  encodeReport,
  encodeReportPayload,
  type FeedDefinition,
  type ReportPayload,
  registrationCodec,
  reportProtectedHeader,
  reportSigningBytes,
} from '@cairn/protocol';
import type { PendingItem } from '@cairn/replica';
import { toyPublicKey, toySign } from './toy-keys.ts';
import type { World } from './world.ts';

/** The registrar of every feed in the simulator. */
export const SIM_REGISTRAR: PublicKey = toyPublicKey('registrar');

export const SIM_FEED: FeedDefinition = {
  id: 'sim',
  title: 'Simulated sensor',
  channels: [
    {
      name: 'level',
      unit: '1',
      exponent: 0,
      min: -1_000_000,
      max: 1_000_000,
      stepPerMinuteMax: null,
      aggregates: ['median', 'mean', 'count'],
    },
  ],
  windowMs: 1000,
  graceMs: 500,
  deviceReportsMax: 1000,
  moveCellsPerHourMax: null,
  freshnessMs: 60_000,
  devicesMin: 1,
  madFactorMilli: null,
  groupResolution: null,
  registrars: [SIM_REGISTRAR],
  open: false,
  groupsAllowed: null,
};

/** Devices that report through members of their choice. */
export class Workload {
  /** By an honest member. */
  readonly acknowledged = new Map<Hash, MemberIndex>();
  readonly signed = new Set<Hash>();
  readonly #world: World;
  readonly #devices: readonly PublicKey[];
  #seq = 0;

  constructor(world: World, deviceCount: number) {
    this.#world = world;
    this.#devices = Array.from({ length: deviceCount }, (_, i) => toyPublicKey(`device-${i}`));
  }

  register(through: MemberIndex): void {
    for (const device of this.#devices) this.#submit(this.#registration(device), through);
  }

  /** One report of a random device through `through`. */
  report(through: MemberIndex): PendingItem {
    const { nowMs, rng } = this.#world;
    const device = rng.pick(this.#devices);
    const item = signReport(this.#world, device, {
      feed: SIM_FEED.id,
      seq: this.#seq++,
      observedAt: nowMs,
      values: [rng.integer(-1000, 1000)],
    });
    this.signed.add(item.id);
    this.#submit(item, through);
    return item;
  }

  /**
   * Reports through members that are up.
   * @param load.twiceChance how often a device sends one report through two members.
   */
  run(load: { readonly perSecond: number; readonly durationMs: number; readonly twiceChance?: number }): void {
    const { perSecond, durationMs, twiceChance = 0 } = load;
    const until = this.#world.nowMs + durationMs;
    const next = () => {
      if (this.#world.nowMs >= until) return;
      const up = this.#world.nodes.filter(({ isUp }) => isUp);
      if (up.length > 0) {
        const item = this.report(this.#world.rng.pick(up).self);
        if (this.#world.rng.chance(twiceChance)) this.#submit(item, this.#world.rng.pick(up).self);
      }
      this.#world.call(next, Math.ceil(1000 / perSecond), 'report');
    };
    this.#world.call(next, 0, 'report');
  }

  #submit(item: PendingItem, through: MemberIndex): void {
    for (const id of this.#world.node(through).submit([item], this.#world.nowMs)) {
      if (!this.#world.byzantine.has(through)) this.acknowledged.set(id, through);
    }
  }

  #registration(device: PublicKey): PendingItem {
    const body = {
      device,
      feeds: [SIM_FEED.id],
      owner: device,
      cell: null,
      notBefore: 0,
      notAfter: Number.MAX_SAFE_INTEGER,
      issuedAt: this.#world.nowMs,
    };
    const signature = toySign(SIM_REGISTRAR, registrationCodec.signingBytes(this.#world.networkId, body));
    const bytes = registrationCodec.encode({ body, signer: SIM_REGISTRAR, signature });
    return { id: sha256Hash(bytes), kind: 'registration', bytes };
  }
}

export function signReport(world: World, device: PublicKey, payload: ReportPayload): PendingItem {
  const parts = {
    protectedHeader: reportProtectedHeader(fromHex(device, 32)),
    payload: encodeReportPayload(payload),
  };
  const signature = toySign(device, reportSigningBytes(world.networkId, parts));
  const bytes = encodeReport({ ...parts, signature: fromHex(signature, 64) });
  return { id: sha256Hash(bytes), kind: 'report', bytes };
}
