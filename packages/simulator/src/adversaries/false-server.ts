import { sha256Hash } from '@cairn/crypto';
import type { MemberIndex } from '@cairn/primitives';
import { encodeAgreementMessage } from '@cairn/protocol';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/** Answers whoever is behind with blocks whose parts were swapped, other heights' blocks, and batches of no use. */
export function falseServer(me: Rogue): Behaviour {
  const junk = () => sha256Hash(me.rng.bytes(8));
  const serveCertified = (to: MemberIndex, fromHeight: number): void => {
    const commits = [...me.world.node(me.member).disk.commits.values()];
    if (commits.length === 0) return;
    const commit = commits.find(({ height }) => height === fromHeight) ?? me.rng.pick(commits);
    const { certified } = commit;
    const { block } = certified;
    const swapped = me.rng.pick([
      { ...certified, block: { ...block, batchIds: [...block.batchIds, junk()] } },
      { ...certified, block: { ...block, parentCertificate: null } },
      { ...certified, block: { ...block, header: { ...block.header, stateHash: junk() } } },
      me.rng.pick(commits).certified,
    ]);
    me.sendBytes(encodeAgreementMessage({ kind: 'certified-block', certified: swapped }), [to]);
  };
  return {
    name: 'false-server',
    onPacket(packet, from) {
      if (packet.kind === 'fetch-certified') serveCertified(from, packet.fromHeight);
      else if (packet.kind === 'fetch-block') {
        const block = me.world.node(me.member).replica?.candidate(packet.hash);
        if (block !== undefined) {
          const lie = { ...block, batchIds: [...block.batchIds, junk()] };
          me.world.send(me.member, from, { kind: 'block', block: me.rng.chance(0.5) ? lie : me.otherBlock() });
        }
      } else return packet.kind !== 'fetch-batches';
      return false;
    },
  };
}
