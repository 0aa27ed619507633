import { connect, type Socket } from 'node:net';

/** The end of one answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
}

const ANSWER_MS_MAX = 15_000;
const HEAD_END = Buffer.from('\r\n\r\n');

/** One kept-alive connection to a server on this machine, on which requests follow each other. */
export class HttpLine {
  readonly #port: number;
  #socket: Socket | undefined;
  #rest = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #isEnded = true;

  constructor(options: { readonly port: number }) {
    this.#port = options.port;
  }

  /**
   * Sends one request and reads its answer.
   * @returns null when the connection was closed without one. @throws Error when nothing comes for long.
   */
  async ask(request: Uint8Array, isHead: boolean): Promise<Answer | null> {
    if (this.#isEnded) await this.#open();
    const socket = this.#socket as Socket;
    socket.write(request);
    let text: string;
    let status: number;
    do {
      const head = await this.#head();
      if (head === null) return null;
      text = head.toString('latin1');
      status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN);
      // 100 Continue comes before the answer
    } while (status < 200);
    const contentType = field(text, 'content-type');
    const length = Number(field(text, 'content-length'));
    const hasBody = !isHead && status !== 204 && status !== 304;
    // a stream has no end, and what is chunked here is one
    if (contentType.startsWith('text/event-stream') || field(text, 'transfer-encoding') !== '') this.close();
    else if (hasBody) await this.#skip(length);
    if (field(text, 'connection') === 'close') this.close();
    return { status, contentType };
  }

  close(): void {
    this.#isEnded = true;
    this.#socket?.destroy();
  }

  async #open(): Promise<void> {
    const socket = connect({ host: '127.0.0.1', port: this.#port });
    this.#socket = socket;
    this.#rest = Buffer.alloc(0);
    this.#isEnded = false;
    const end = () => {
      if (this.#socket !== socket) return;
      this.#isEnded = true;
      this.#wake?.();
    };
    socket.on('data', (chunk) => {
      if (this.#socket !== socket) return;
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
      this.#wake?.();
    });
    socket.on('close', end);
    socket.on('error', end);
  }

  async #head(): Promise<Buffer | null> {
    for (;;) {
      const at = this.#rest.indexOf(HEAD_END);
      if (at >= 0) {
        const head = this.#rest.subarray(0, at);
        this.#rest = this.#rest.subarray(at + HEAD_END.length);
        return head;
      }
      if (this.#isEnded) return null;
      await this.#more();
    }
  }

  async #skip(length: number): Promise<void> {
    while (this.#rest.length < length && !this.#isEnded) await this.#more();
    this.#rest = this.#rest.subarray(Math.min(length, this.#rest.length));
  }

  async #more(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#wake = resolve;
      timer = setTimeout(() => reject(new Error('no answer')), ANSWER_MS_MAX);
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

function field(head: string, name: string): string {
  const match = new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(head);
  return match?.[1]?.trim().toLowerCase() ?? '';
}
