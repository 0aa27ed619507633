import type { MemberIndex } from '@cairn/primitives';
import { type Batch, decodeSyncRequest } from '@cairn/protocol';
import { certifiedBytesOf } from './certified-bytes.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { RequestLimit } from './request-limit.ts';
import type { Packet, SimHost } from './sim-host.ts';

/** Certified blocks sent for one request. */
const RANGE_MAX = 64;
/** A peer that is behind gets one height's block this often. */
const ANSWER_INTERVAL_MS = 100;

/** Answers others from one member's disk, at a limited rate. */
export class SimServer {
  readonly #disk: MemoryDisk;
  readonly #epochBlocks: number;
  readonly #host: Pick<SimHost, 'send' | 'nowMs'>;
  readonly #requests = new RequestLimit();
  readonly #answeredWith = new Map<MemberIndex, { readonly height: number; readonly atMs: number }>();

  constructor(
    options: { readonly epochBlocks: number },
    dependencies: { readonly disk: MemoryDisk; readonly host: Pick<SimHost, 'send' | 'nowMs'> },
  ) {
    this.#epochBlocks = options.epochBlocks;
    this.#disk = dependencies.disk;
    this.#host = dependencies.host;
  }

  serve(
    packet: Extract<Packet, { kind: 'fetch-batches' | 'fetch-certified' | 'sync-request' }>,
    from: MemberIndex,
    atMs: number,
  ): void {
    if (!this.#requests.take(from, atMs)) return;
    switch (packet.kind) {
      case 'fetch-batches':
        for (const id of packet.ids) this.sendBatch(this.#disk.batches.get(id), from);
        return;
      case 'fetch-certified':
        return this.#sendRange(from, packet.fromHeight, packet.toHeight);
      case 'sync-request': {
        const frames = this.#disk.answer(decodeSyncRequest(packet.bytes), this.#epochBlocks);
        return this.#host.send(from, { kind: 'sync-answer', id: packet.id, frames });
      }
    }
  }

  /** The host limits the rate (5.7). */
  answerWithCertified(to: MemberIndex, height: number): void {
    const nowMs = this.#host.nowMs();
    const last = this.#answeredWith.get(to);
    if (last !== undefined && last.height === height && nowMs - last.atMs < ANSWER_INTERVAL_MS) return;
    this.#answeredWith.set(to, { height, atMs: nowMs });
    this.#sendCertified(to, height);
  }

  sendBatch(batch: Batch | undefined, to: MemberIndex): void {
    if (batch !== undefined) this.#host.send(to, { kind: 'batch', bytes: batch.bytes });
  }

  #sendRange(to: MemberIndex, fromHeight: number, toHeight: number): void {
    const end = Math.min(toHeight, fromHeight + RANGE_MAX - 1, this.#disk.tipHeight);
    for (let height = fromHeight; height <= end; height++) this.#sendCertified(to, height);
  }

  #sendCertified(to: MemberIndex, height: number): void {
    const commit = this.#disk.commits.get(height);
    if (commit === undefined) return;
    for (const batch of commit.batches) this.sendBatch(batch, to);
    this.#host.send(to, { kind: 'agreement', bytes: certifiedBytesOf(commit) });
  }
}
