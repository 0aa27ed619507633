import { clientError } from './client-error.ts';

/** One server-sent event. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that was set, by which a stream resumes. */
  readonly id: string | undefined;
}

/** Takes a stream of server-sent events apart, piece by piece (HTML standard, section 9.2), within bounds. */
export class EventParser {
  readonly #lengthMax: number;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #event = '';
  #data: string[] = [];
  #dataLength = 0;
  #id: string | undefined;
  #retryMs: number | undefined;

  /** @param options.lengthMax characters of one event. */
  constructor(options: { readonly lengthMax: number }) {
    this.#lengthMax = options.lengthMax;
  }

  /** What the server asked for with `retry`. */
  get retryMs(): number | undefined {
    return this.#retryMs;
  }

  /** @returns the events that these bytes complete. @throws CLIENT_ANSWER_EXCEEDED */
  push(bytes: Uint8Array): ServerEvent[] {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    // A lone CR at the end may be half of a CRLF: it waits for what follows.
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r', text.length - 2));
    this.#rest = text.slice(end + 1);
    if (this.#rest.length > this.#lengthMax) throw tooLong(this.#lengthMax);
    const lines = text.slice(0, end + 1).split(/\r\n|\n|\r/);
    lines.pop();
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    else if (field === 'data') {
      this.#dataLength += value.length + 1;
      if (this.#dataLength > this.#lengthMax) throw tooLong(this.#lengthMax);
      this.#data.push(value);
    }
    return [];
  }

  #dispatch(): ServerEvent[] {
    const event = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
    const isEmpty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    this.#dataLength = 0;
    return isEmpty ? [] : [event];
  }
}

function tooLong(lengthMax: number) {
  return clientError('CLIENT_ANSWER_EXCEEDED', `an event is over ${lengthMax} characters`);
}
