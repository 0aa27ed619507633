// Deliberately broken, one way each: the runner must find every one of them.
import { inputsFrom } from '../inputs/input-source.ts';
import { isAccepted, type Subject, stateless, type Target } from '../target.ts';

const generate = inputsFrom('bytes', (rng) => rng.bytes(40));
const broken = (name: string, take: Subject['take']): Target => stateless(`canary/${name}`, () => ({ generate, take }));
const leaked: Uint8Array[] = [];

export const targets: readonly Target[] = [
  broken('throws', (input) =>
    isAccepted(() => {
      // a field of what may be missing
      if (input[0] === 0x80) (undefined as unknown as Uint8Array).slice();
    }),
  ),
  broken('hangs', (input) => {
    // a loop that a length of 0 does not move on
    for (let at = 0; at < input.length; ) at += input[at] === 0x18 ? 0 : 1;
    return true;
  }),
  broken('is-slow', (input) => {
    for (let i = 0, hash = 0; input.length > 64 && i < 60_000_000; i++) hash = Math.imul(hash ^ i, 31);
    return true;
  }),
  broken('leaks', (input) => {
    const kept = new Uint8Array(64 * 1024);
    kept.set(input.subarray(0, kept.length));
    leaked.push(kept);
    return true;
  }),
  broken('dies', (input) => {
    if (input[0] === 0x7f) setImmediate(() => (undefined as unknown as Uint8Array).slice());
    return new Promise((resolve) => setImmediate(() => resolve(true)));
  }),
];
