import { CairnError, type MemberIndex } from '@cairn/primitives';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { encodeFrame, FrameDecoder } from './framing.ts';
import { ANSWER_DATA, ANSWER_END, ANSWER_REFUSED } from './request-frames.ts';
import { resumeReading } from './resume-reading.ts';

/** Frames waiting for a slow consumer before the stream is paused. */
const WAITING_FRAMES_MAX = 8;

export interface Question {
  readonly memberIndex: MemberIndex;
  readonly bytes: Uint8Array;
  readonly timeoutMs: number;
  readonly responseFrameBytesMax: number;
  readonly responseBytesMax: number;
  readonly framesMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends one request on `stream` and yields the frames of its answer; whatever happens, the stream is given back. */
export async function* ask(stream: Stream, question: Question): AsyncGenerator<Uint8Array> {
  const inbox = new AnswerInbox(stream, question);
  let isWhole = false;
  try {
    sendRequest(stream, question);
    let framesLeft = question.framesMax;
    let bytesLeft = question.responseBytesMax;
    for (;;) {
      const frame = await inbox.next();
      const kind = frame[0];
      if (kind === ANSWER_END) break;
      if (kind !== ANSWER_DATA) throw refusal(question, kind);
      framesLeft -= 1;
      bytesLeft -= frame.length - 1;
      if (framesLeft < 0 || bytesLeft < 0) {
        throw new CairnError('NETWORK_RESPONSE_EXCEEDED', 'the answer is longer than asked for', {
          memberIndex: question.memberIndex,
        });
      }
      yield frame.subarray(1);
    }
    isWhole = true;
  } finally {
    inbox.stop();
    if (isWhole) await stream.close({ signal: AbortSignal.timeout(1_000) }).catch((error) => stream.abort(error));
    else stream.abort(new Error('answer not wanted'));
  }
}

/** @throws NETWORK_RESPONSE_INVALID: a stream whose connection has just ended throws. */
function sendRequest(stream: Stream, { bytes, memberIndex }: Question): void {
  const frame = encodeFrame(bytes);
  try {
    stream.send(frame);
  } catch (cause) {
    throw new CairnError('NETWORK_RESPONSE_INVALID', 'the member is gone', { memberIndex }, { cause });
  }
}

function refusal({ memberIndex }: Question, kind: number | undefined): CairnError {
  if (kind === ANSWER_REFUSED) {
    return new CairnError('NETWORK_REQUEST_EXCEEDED', 'the member refused the request', { memberIndex });
  }
  return new CairnError('NETWORK_RESPONSE_INVALID', 'the member could not answer', { memberIndex });
}

/** Frames that have arrived and are not consumed yet. */
class AnswerInbox {
  readonly #stream: Stream;
  readonly #question: Question;
  readonly #decoder: FrameDecoder;
  readonly #frames: Uint8Array[] = [];
  #failure: CairnError | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Stream, question: Question) {
    this.#stream = stream;
    this.#question = question;
    this.#decoder = new FrameDecoder(question.responseFrameBytesMax + 1);
    stream.addEventListener('message', this.#onMessage);
    stream.addEventListener('remoteCloseWrite', this.#onEnd);
    stream.addEventListener('close', this.#onEnd);
    question.signal?.addEventListener('abort', this.#onEnd);
  }

  stop(): void {
    this.#stream.removeEventListener('remoteCloseWrite', this.#onEnd);
    this.#stream.removeEventListener('close', this.#onEnd);
    this.#question.signal?.removeEventListener('abort', this.#onEnd);
  }

  async next(): Promise<Uint8Array> {
    const deadlineMs = performance.now() + this.#question.timeoutMs;
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) {
        if (this.#frames.length === 0) resumeReading(this.#stream);
        return frame;
      }
      if (this.#failure !== undefined) throw this.#failure;
      await this.#wait(deadlineMs - performance.now());
    }
  }

  async #wait(forMs: number): Promise<void> {
    const { memberIndex } = this.#question;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(
        () => {
          this.#failure = new CairnError('NETWORK_REQUEST_TIMEOUT', 'no answer in time', { memberIndex });
          resolve();
        },
        Math.max(0, forMs),
      );
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  readonly #onMessage = (event: StreamMessageEvent): void => {
    const { memberIndex } = this.#question;
    try {
      for (const frame of this.#decoder.push(event.data.subarray())) {
        // Every frame of an answer has at least its kind.
        if (frame.length === 0) throw new CairnError('NETWORK_RESPONSE_INVALID', 'empty frame', { memberIndex });
        this.#frames.push(frame);
      }
    } catch (cause) {
      this.#failure ??= new CairnError('NETWORK_RESPONSE_INVALID', 'malformed answer', { memberIndex }, { cause });
    }
    if (this.#frames.length > WAITING_FRAMES_MAX && this.#stream.readStatus === 'readable') this.#stream.pause();
    this.#wake?.();
  };

  readonly #onEnd = (): void => {
    const { memberIndex } = this.#question;
    // A frame that completes the answer is delivered before this is looked at.
    this.#failure ??= new CairnError('NETWORK_RESPONSE_INVALID', 'the answer was cut short', { memberIndex });
    this.#wake?.();
  };
}
