import { decodeSyncBlocks, encodeSyncBlocks } from '@cairn/http';
import { concatBytes, type Rng, utf8 } from '@cairn/primitives';
import { encodeCertifiedBlock } from '@cairn/protocol';
import { parseCursor } from '../../../packages/http/src/frame-ring.ts';
import { decodeTimes, encodeTimes } from '../../../packages/network/src/clock-offsets.ts';
import { encodeFrame, FrameDecoder } from '../../../packages/network/src/framing.ts';
import { certifiedBlockOf } from '../../vectors/random-nouns.ts';
import { inputsFrom } from '../inputs/input-source.ts';
import { Broken, demandSame, isAccepted, stateless, type Target } from '../target.ts';

const FRAME_BYTES_MAX = 300;
const BOUNDS = { bytesMax: 64 * 1024, blocksMax: 4 };

function frames(rng: Rng): Uint8Array {
  return concatBytes(...Array.from({ length: rng.integer(0, 5) }, () => encodeFrame(rng.bytes(rng.integer(0, 80)))));
}

/** However a stream is cut, the same frames come out, and no more is held than has come in. */
function cutAnyhow(input: Uint8Array, rng: Rng): void {
  const whole = new FrameDecoder(FRAME_BYTES_MAX).push(input);
  const decoder = new FrameDecoder(FRAME_BYTES_MAX);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const size = rng.integer(1, 40);
    pieces.push(...decoder.push(input.subarray(at, at + size)));
    at += size;
  }
  demandSame(concatBytes(...pieces), concatBytes(...whole));
  if (pieces.length !== whole.length || pieces.some(({ length }) => length > FRAME_BYTES_MAX))
    throw new Broken('other frames when cut otherwise');
}

export const targets: readonly Target[] = [
  stateless('network/frames', () => ({
    generate: inputsFrom('bytes', frames),
    take: (input, rng) => isAccepted(() => cutAnyhow(input, rng)),
  })),
  stateless('network/times', () => ({
    generate: inputsFrom('bytes', (rng) => {
      const receivedAtMs = rng.uint32();
      return encodeTimes({ receivedAtMs, answeredAtMs: receivedAtMs + rng.integer(0, 5) });
    }),
    take: (input) => {
      const times = decodeTimes(input);
      if (times !== undefined) demandSame(encodeTimes(times), input);
      return times !== undefined;
    },
  })),
  stateless('network/sync-blocks', () => ({
    generate: inputsFrom('cbor', (rng) =>
      encodeSyncBlocks([{ certified: encodeCertifiedBlock(certifiedBlockOf(rng)), batches: [rng.bytes(9)] }]),
    ),
    take: (input) => isAccepted(() => demandSame(encodeSyncBlocks(decodeSyncBlocks(input, BOUNDS)), input)),
  })),
  stateless('network/cursor', () => ({
    generate: inputsFrom('text', (rng) => utf8(`${rng.uint32()}-${rng.integer(0, 99)}`)),
    take: (input) => parseCursor(Buffer.from(input).toString()) !== null,
  })),
];
