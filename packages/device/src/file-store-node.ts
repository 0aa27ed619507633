import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { kill, pid } from 'node:process';
import { CairnError, fromBase64, type Hash, toBase64 } from '@cairn/primitives';
import { decodeReport } from '@cairn/protocol';
import type { DeviceStore, StoredState, StoreOwner } from './device-store.ts';
import type { DeviceErrorCode } from './errors.ts';

/** Log lines beyond the live ones before the log is written anew. */
const SLACK_LINES = 4096;

/** Locks of this process. */
const HELD = new Set<string>();

interface StateFile extends StoreOwner {
  readonly version: 1;
  readonly reservedSeq: number;
}

/**
 * A device's memory in one directory: `state.json` (owner and reserved number), replaced whole; `queue.log`, one line for
 * each report kept (+) or settled (-); `lock`, which names the process. Additions are synced to the disk before they
 * resolve; a line torn by a crash is cut off, which loses nothing that was promised.
 */
export class FileStore implements DeviceStore {
  readonly #directory: string;
  #owner: StoreOwner | undefined;
  #log: FileHandle | undefined;
  #logBytes = 0;
  #lines = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #live = new Map<Hash, Uint8Array>();

  /** @param directory is made when absent, readable by its owner only. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async open(owner: StoreOwner): Promise<StoredState> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.#lock();
    try {
      this.#owner = owner;
      const nextSeq = await this.#readState(owner);
      await this.#readLog(owner);
      return { nextSeq, reports: [...this.#live.values()] };
    } catch (error) {
      await this.#unlock();
      throw error;
    }
  }

  reserve(seq: number): Promise<void> {
    const state: StateFile = { version: 1, ...(this.#owner as StoreOwner), reservedSeq: seq };
    return this.#inTurn(() => this.#replace('state.json', `${JSON.stringify(state)}\n`));
  }

  append(reports: readonly { readonly id: Hash; readonly bytes: Uint8Array }[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write(reports.map(({ bytes }) => `+${toBase64(bytes)}\n`).join(''));
      await this.#handle.datasync();
      for (const { id, bytes } of reports) this.#live.set(id, bytes);
      this.#lines += reports.length;
    });
  }

  remove(ids: readonly Hash[]): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of ids) this.#live.delete(id);
      this.#lines += ids.length;
      if (this.#lines > 2 * this.#live.size + SLACK_LINES) await this.#compact();
      else await this.#write(ids.map((id) => `-${id}\n`).join(''));
    });
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#log?.close();
      this.#log = undefined;
      await this.#unlock();
    });
  }

  /** A device reports while its sender settles: their changes are written one after the other. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#last.then(change);
    this.#last = result.catch(() => {});
    return result;
  }

  get #handle(): FileHandle {
    if (this.#log === undefined) throw malformed('the store is closed');
    return this.#log;
  }

  /** A write that fails half-way (a full disk) is taken back, so that the next line does not begin in its middle. */
  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length; ) {
        const at = this.#logBytes + done;
        done += (await this.#handle.write(bytes, done, bytes.length - done, at)).bytesWritten;
      }
      this.#logBytes += bytes.length;
    } catch (error) {
      await this.#handle.truncate(this.#logBytes);
      throw error;
    }
  }

  async #readState(owner: StoreOwner): Promise<number> {
    const text = await readIfThere(this.#path('state.json'));
    if (text === undefined) return 0;
    const state = parsedState(text);
    if (state.device !== owner.device || state.networkId !== owner.networkId || state.feed !== owner.feed) {
      throw new CairnError<DeviceErrorCode>('DEVICE_STORE_MISMATCH', 'the store belongs to another device or feed', {
        device: state.device,
        feed: state.feed,
      });
    }
    return state.reservedSeq;
  }

  async #readLog({ networkId }: StoreOwner): Promise<void> {
    const text = (await readIfThere(this.#path('queue.log'))) ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n')) {
      if (line === '') continue;
      try {
        if (line[0] === '-') this.#live.delete(line.slice(1) as Hash);
        else {
          const { id, bytes } = decodeReport(fromBase64(line.slice(1)), networkId).report;
          this.#live.set(id, bytes);
        }
      } catch (cause) {
        throw malformed('a line of queue.log cannot be read', cause);
      }
    }
    await this.#compact();
  }

  /** Writes the log anew with the live reports only. */
  async #compact(): Promise<void> {
    const text = [...this.#live.values()].map((bytes) => `+${toBase64(bytes)}\n`).join('');
    await this.#log?.close();
    await this.#replace('queue.log', text);
    this.#log = await open(this.#path('queue.log'), 'r+');
    this.#logBytes = text.length;
    this.#lines = this.#live.size;
  }

  /** Old or new, never half: written beside, synced, renamed, and the name synced too. */
  async #replace(name: string, text: string): Promise<void> {
    const temporary = this.#path(`${name}.new`);
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path(name));
    const directory = await open(this.#directory, 'r');
    await directory.sync();
    await directory.close();
  }

  async #lock(): Promise<void> {
    const path = this.#path('lock');
    const holder = Number(await readIfThere(path));
    // The same number may be a process that died in this one's place, as in a container.
    const isOther = holder === pid ? HELD.has(path) : holder > 0 && isAlive(holder);
    if (isOther) throw locked(path);
    await rm(path, { force: true });
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(pid));
      await file.close();
      HELD.add(path);
    } catch (cause) {
      throw locked(path, cause);
    }
  }

  async #unlock(): Promise<void> {
    HELD.delete(this.#path('lock'));
    await rm(this.#path('lock'), { force: true });
  }

  #path(name: string): string {
    return resolve(this.#directory, name);
  }
}

function parsedState(text: string): StateFile {
  let state: Partial<StateFile>;
  try {
    state = JSON.parse(text);
  } catch (cause) {
    throw malformed('state.json is no JSON', cause);
  }
  const { version, reservedSeq, device, networkId, feed } = state;
  const isSeq = Number.isSafeInteger(reservedSeq) && (reservedSeq as number) >= 0;
  if (version !== 1 || !isSeq || !device || !networkId || !feed) throw malformed('state.json lacks a field');
  return state as StateFile;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(holder: number): boolean {
  try {
    kill(holder, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function locked(path: string, cause?: unknown): CairnError {
  const why = `another process holds the store (${path})`;
  return new CairnError<DeviceErrorCode>('DEVICE_STORE_HOLDERS_EXCEEDED', why, {}, { cause });
}

function malformed(why: string, cause?: unknown): CairnError {
  return new CairnError<DeviceErrorCode>('DEVICE_STORE_MALFORMED', why, {}, { cause });
}
