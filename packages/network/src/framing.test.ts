import { CairnError } from '@cairn/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, encodeFrames, FrameDecoder, KEEPALIVE_FRAME } from './framing.ts';

describe('framing', () => {
  it('gives back what went in, wherever the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 10 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
        (payloads, cuts) => {
          const wire = encodeFrames(payloads);
          const decoder = new FrameDecoder(70);
          const out: Uint8Array[] = [];
          for (let offset = 0, k = 0; offset < wire.length; k++) {
            const end = offset + (cuts[k % cuts.length] as number);
            out.push(...decoder.push(Buffer.from(wire.subarray(offset, end))));
            offset = end;
          }
          expect(out).toEqual(payloads);
          expect(decoder.isBetweenFrames).toBe(true);
        },
      ),
    );
  });

  it('any bytes are frames or end in a coded error, and never more bytes than came', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          const frames = new FrameDecoder(64).push(bytes);
          expect(frames.reduce((sum, frame) => sum + frame.length, 0)).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CairnError);
        }
      }),
    );
  });

  it('refuses a length above the bound before any of its bytes', () => {
    const header = encodeFrame(new Uint8Array(11)).subarray(0, 4);
    expect(() => new FrameDecoder(10).push(header)).toThrow(
      expect.objectContaining({ code: 'NETWORK_FRAME_EXCEEDED' }),
    );
    expect(() => new FrameDecoder(11).push(header)).not.toThrow();
  });

  it('a keepalive is an empty frame', () => {
    expect(new FrameDecoder(10).push(KEEPALIVE_FRAME)).toEqual([new Uint8Array(0)]);
  });

  it('frames are copies', () => {
    const wire = Buffer.from(encodeFrame(new Uint8Array([1])));
    const [frame] = new FrameDecoder(10).push(wire);
    wire.fill(9);
    expect(frame).toEqual(new Uint8Array([1]));
  });
});
