import { CairnError } from '@cairn/primitives';

const HEADER_BYTES = 4;

/**
 * One frame: the payload's length in 4 bytes, little-endian, then the payload. A length of 0 is a keepalive.
 * One `message` event of a stream is not one message, so every stream of ours is framed.
 */
export function encodeFrame(payload: Uint8Array, kind?: number): Uint8Array {
  const kindBytes = kind === undefined ? 0 : 1;
  const frame = new Uint8Array(HEADER_BYTES + kindBytes + payload.length);
  writeLength(frame, 0, kindBytes + payload.length);
  if (kind !== undefined) frame[HEADER_BYTES] = kind;
  frame.set(payload, HEADER_BYTES + kindBytes);
  return frame;
}

/** Many frames in one buffer, so that they leave in one write. */
export function encodeFrames(payloads: readonly Uint8Array[]): Uint8Array {
  let total = 0;
  for (const payload of payloads) total += HEADER_BYTES + payload.length;
  const out = new Uint8Array(total);
  let offset = 0;
  for (const payload of payloads) {
    writeLength(out, offset, payload.length);
    out.set(payload, offset + HEADER_BYTES);
    offset += HEADER_BYTES + payload.length;
  }
  return out;
}

export const KEEPALIVE_FRAME: Uint8Array = new Uint8Array(HEADER_BYTES);

/** Cuts a stream of bytes into frames. Holds at most one unfinished frame, and never more bytes than have arrived. */
export class FrameDecoder {
  readonly #frameBytesMax: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #parts: Uint8Array[] = [];
  #missing = 0;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.#headerFilled === 0 && this.#missing === 0;
  }

  /**
   * @returns the payloads completed by `chunk`, each a copy; keepalives as empty payloads.
   * @throws NETWORK_FRAME_EXCEEDED as soon as a header announces too much; the decoder is of no use afterwards.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#missing === 0) {
        offset = this.#readHeader(chunk, offset, frames);
        continue;
      }
      const taken = Math.min(this.#missing, chunk.length - offset);
      // A copy: a vote of 200 bytes must not keep a socket's buffer of 64 KiB alive. (A Buffer's own slice() is a view.)
      this.#parts.push(new Uint8Array(chunk.subarray(offset, offset + taken)));
      offset += taken;
      this.#missing -= taken;
      if (this.#missing === 0) frames.push(this.#takeBody());
    }
    return frames;
  }

  #readHeader(chunk: Uint8Array, start: number, frames: Uint8Array[]): number {
    let offset = start;
    while (this.#headerFilled < HEADER_BYTES && offset < chunk.length) {
      this.#header[this.#headerFilled++] = chunk[offset++] as number;
    }
    if (this.#headerFilled < HEADER_BYTES) return offset;
    const length = readLength(this.#header);
    if (length > this.#frameBytesMax) {
      throw new CairnError('NETWORK_FRAME_EXCEEDED', 'a frame announces more bytes than allowed', {
        length,
        frameBytesMax: this.#frameBytesMax,
      });
    }
    this.#headerFilled = 0;
    if (length === 0) frames.push(new Uint8Array(0));
    else this.#missing = length;
    return offset;
  }

  #takeBody(): Uint8Array {
    const parts = this.#parts;
    this.#parts = [];
    if (parts.length === 1) return parts[0] as Uint8Array;
    let length = 0;
    for (const part of parts) length += part.length;
    const body = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      body.set(part, offset);
      offset += part.length;
    }
    return body;
  }
}

function writeLength(out: Uint8Array, offset: number, length: number): void {
  out[offset] = length & 255;
  out[offset + 1] = (length >>> 8) & 255;
  out[offset + 2] = (length >>> 16) & 255;
  out[offset + 3] = length >>> 24;
}

function readLength(header: Uint8Array): number {
  return (
    (header[0] as number) +
    (header[1] as number) * 0x100 +
    (header[2] as number) * 0x10000 +
    (header[3] as number) * 0x1000000
  );
}
