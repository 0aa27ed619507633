import { LogFrontier } from '@cairn/merkle';
import {
  decodeSnapshotChunk,
  decodeSnapshotOffer,
  decodeSyncRequest,
  encodeSnapshotChunk,
  encodeSnapshotOffer,
  encodeSyncFrame,
  type SyncRequest,
} from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/**
 * Gives new nodes false snapshots: forged roots, other states, chunks of its own making, answers without end, silence.
 * `plan` does not pick it by itself: in a run without a newcomer it would be an honest member.
 */
export function falseSnapshotServer(me: Rogue): Behaviour {
  return {
    name: 'false-snapshot-server',
    onPacket(packet, from) {
      if (packet.kind !== 'sync-request') return true;
      const request = decodeSyncRequest(packet.bytes);
      const honest = me.world.node(me.member).disk.answer(request, me.world.genesis.parameters.epochBlocks);
      const [frame] = honest;
      const frames = frame === undefined ? [me.rng.bytes(40)] : lies(me, request, frame);
      if (frames !== 'silence') me.world.send(me.member, from, { kind: 'sync-answer', id: packet.id, frames });
      return false;
    },
  };
}

function lies(me: Rogue, request: SyncRequest, frame: Uint8Array): readonly Uint8Array[] | 'silence' {
  const common = [() => 'silence' as const, () => Array<Uint8Array>(50).fill(frame), () => [me.rng.bytes(100)]];
  const special = request.kind === 'snapshot' ? offerLies(frame) : chunkLies(me, frame);
  return me.rng.pick([...special, ...special, ...common])();
}

function offerLies(frame: Uint8Array): readonly (() => readonly Uint8Array[])[] {
  const offer = decodeSnapshotOffer(frame.subarray(1));
  const { manifest, endHeader, certified } = offer;
  const send = (change: Partial<typeof offer>) => () => [
    encodeSyncFrame('snapshot', encodeSnapshotOffer({ ...offer, ...change })),
  ];
  const root = manifest.stateHash;
  return [
    send({ manifest: { ...manifest, chunkCount: manifest.chunkCount + 1 } }),
    send({ manifest: { ...manifest, stateHash: endHeader.stateHash } }),
    send({
      endHeader: { ...endHeader, epochEnd: endHeader.epochEnd && { ...endHeader.epochEnd, snapshotRoot: root } },
    }),
    send({ certified: { ...certified, block: { ...certified.block, batchIds: [root] } } }),
    send({ frontier: LogFrontier.empty.append(frame).hashes }),
    send({ trustedProof: [root], endProof: [root] }),
    send({ trustedHeader: endHeader }),
  ];
}

function chunkLies(me: Rogue, frame: Uint8Array): readonly (() => readonly Uint8Array[])[] {
  const chunk = decodeSnapshotChunk(frame.subarray(1));
  const send = (change: Partial<typeof chunk>) => () => [
    encodeSyncFrame('snapshot-chunk', encodeSnapshotChunk({ ...chunk, ...change })),
  ];
  return [
    send({ bytes: me.rng.bytes(chunk.bytes.length) }),
    send({ bytes: chunk.bytes.slice(0, -1) }),
    send({ index: chunk.index + 1 }),
    () => [],
  ];
}
