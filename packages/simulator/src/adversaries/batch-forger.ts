import { type Batch, type BatchItem, sealBatch } from '@cairn/protocol';
import { memberKey } from '../sim-genesis.ts';
import { toyPublicKey } from '../toy-keys.ts';
import { SIM_FEED, signReport } from '../workload.ts';
import type { Behaviour } from './behaviour.ts';
import type { Rogue } from './rogue.ts';

/**
 * Makes batches of every wrong kind: reports that their device did not sign, reports of unknown devices, another
 * member's name, two batches of one number, a base far ahead, bytes changed on the way.
 */
export function batchForger(me: Rogue): Behaviour {
  let seq = 1_000_000;
  const seal = (over: Partial<Batch>, items: readonly BatchItem[]): Batch => {
    const { networkId, nextEpoch: epoch, nextHeight } = me.chain;
    const body = { networkId, epoch, author: me.member, seq: seq++, baseHeight: nextHeight - 1, ...over, items };
    return sealBatch(body, (bytes) => me.world.sign(memberKey(me.member), bytes));
  };
  const report = (device: string): BatchItem => {
    const payload = { feed: SIM_FEED.id, seq: seq++, observedAt: me.world.nowMs, values: [7] };
    const { kind, bytes } = signReport(me.world, toyPublicKey(device), payload);
    return { kind, bytes };
  };
  const forged = (): BatchItem => {
    const { kind, bytes } = report('device-0');
    const broken = bytes.slice();
    broken[broken.length - 1] = (broken[broken.length - 1] as number) ^ 1;
    return { kind, bytes: broken };
  };
  const make = (): Uint8Array => {
    switch (me.rng.integer(0, 5)) {
      case 0:
        return seal({}, [forged()]).bytes;
      case 1:
        return seal({}, [report('nobody')]).bytes;
      case 2:
        return seal({ author: me.rng.pick(me.others) }, [report('nobody')]).bytes;
      case 3:
        return seal({ seq: 999 }, [report('nobody')]).bytes;
      case 4:
        return seal({ baseHeight: me.rng.pick([0, 500, 1_000_000]) }, [report('nobody')]).bytes;
      default: {
        const bytes = seal({}, [report('nobody')]).bytes.slice();
        bytes[me.rng.integer(0, bytes.length - 1)] = me.rng.integer(0, 255);
        return bytes;
      }
    }
  };
  return {
    name: 'batch-forger',
    onTick() {
      if (!me.isUp || !me.rng.chance(0.3)) return;
      const bytes = make();
      for (const to of me.rng.shuffled(me.others).slice(0, 2)) me.world.send(me.member, to, { kind: 'batch', bytes });
    },
  };
}
