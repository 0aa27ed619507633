// Goal: a peer that hangs up at the worst moment costs an answer, not the process. Method: a stream that says it is open
// and throws, as libp2p's do between the end of their connection and its news.
import type { Stream } from '@libp2p/interface';
import { describe, expect, it, vi } from 'vitest';
import { encodeFrame } from './framing.ts';
import { ask } from './request-client.ts';
import { ANSWER_DATA } from './request-frames.ts';
import { resumeReading } from './resume-reading.ts';

const QUESTION = {
  memberIndex: 1,
  bytes: new Uint8Array(1),
  timeoutMs: 5_000,
  responseFrameBytesMax: 64,
  responseBytesMax: 1024,
  framesMax: 100,
};

class DyingStream extends EventTarget {
  readStatus = 'readable';
  dies = false;
  readonly abort = vi.fn((_: Error) => {
    this.readStatus = 'closed';
    this.dispatchEvent(new Event('close'));
  });

  send(): boolean {
    if (this.dies) throw new Error('Cannot write to a stream that is closed');
    return true;
  }

  pause(): void {
    this.readStatus = 'paused';
  }

  resume(): void {
    this.readStatus = 'readable';
    this.send();
  }

  receive(frame: Uint8Array): void {
    this.dispatchEvent(Object.assign(new Event('message'), { data: { subarray: () => frame } }));
  }

  get stream(): Stream {
    return this as unknown as Stream;
  }
}

describe('a connection that ends while its stream seems open', () => {
  it('when the question is sent: a coded error', async () => {
    const dying = new DyingStream();
    dying.dies = true;
    await expect(ask(dying.stream, QUESTION).next()).rejects.toMatchObject({ code: 'NETWORK_RESPONSE_INVALID' });
    expect(dying.abort).toHaveBeenCalled();
  });

  it('when a slow reader goes on: what came is given, then a coded error', async () => {
    const dying = new DyingStream();
    const answer = ask(dying.stream, QUESTION);
    const first = answer.next();
    for (let i = 0; i < 20; i++) dying.receive(encodeFrame(Uint8Array.of(i), ANSWER_DATA));
    expect(dying.readStatus).toBe('paused');
    dying.dies = true;
    expect((await first).value).toEqual(Uint8Array.of(0));
    for (let i = 1; i < 20; i++) expect((await answer.next()).value).toEqual(Uint8Array.of(i));
    await expect(answer.next()).rejects.toMatchObject({ code: 'NETWORK_RESPONSE_INVALID' });
  });

  it('when a timer lets it go on: it is reset', () => {
    const dying = new DyingStream();
    dying.pause();
    dying.dies = true;
    resumeReading(dying.stream);
    expect(dying.abort).toHaveBeenCalledOnce();
    resumeReading(dying.stream);
    expect(dying.abort).toHaveBeenCalledOnce();
  });
});
