import { Rng } from '@cairn/primitives';
import { expect, it } from 'vitest';
import { encodeTransaction, VirtualChain } from './virtual-chain.ts';

const SLOT_MS = 40;

function chainWith(takes: number): { chain: VirtualChain; at: (slot: number) => void } {
  const chain = new VirtualChain(new Rng(1), 0);
  chain.takes = takes;
  return { chain, at: (slot) => chain.advanceTo(slot * SLOT_MS) };
}

it('takes a transaction once, which is then confirmed and final', () => {
  const { chain, at } = chainWith(1);
  at(5);
  const bytes = encodeTransaction({ id: 'a', memo: '', lastValidHeight: 30 });
  chain.send(bytes);
  chain.send(bytes);
  expect(chain.statusOf('a', 0)).toBeNull();
  at(6);
  expect(chain.statusOf('a', 0)?.commitment).toBe('processed');
  expect(chain.statusOf('a', 1)).toBeNull();
  at(8);
  chain.send(bytes);
  expect(chain.statusOf('a', 0)?.commitment).toBe('confirmed');
  at(18);
  expect(chain.statusOf('a', 0)?.commitment).toBe('finalized');
  for (let i = 0; i < 20; i++) chain.fork();
  at(60);
  expect(chain.landed.map(({ height }) => height)).toEqual([6]);
});

it('lets nothing in past its last valid height', () => {
  const { chain, at } = chainWith(0);
  chain.send(encodeTransaction({ id: 'a', memo: '', lastValidHeight: 3 }));
  at(4);
  chain.takes = 1;
  chain.send(encodeTransaction({ id: 'b', memo: '', lastValidHeight: 3 }));
  at(9);
  expect(chain.landed).toEqual([]);
});

it('gives up with a fork what was not final', () => {
  const { chain, at } = chainWith(1);
  chain.send(encodeTransaction({ id: 'a', memo: '', lastValidHeight: 9 }));
  at(3);
  expect(chain.landed.length).toBe(1);
  for (let i = 0; i < 40 && chain.landed.length > 0; i++) chain.fork();
  expect(chain.landed).toEqual([]);
});
