import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { blockHash, encodeBlock } from '@cairn/protocol';
import { CertifiedChain } from '@cairn/replica/testing';
import { Archive, NodeStore } from '@cairn/storage';

/** Blocks that a disk of the canaries holds. */
const HEIGHT = 5;

/** A chain, and disks with it that a test can spoil by SQL, as no release of ours would. */
export class DoctoredDisks {
  readonly source: CertifiedChain;
  readonly root: string = mkdtempSync(join(tmpdir(), 'cairn-doctored-'));

  constructor(source = new CertifiedChain()) {
    this.source = source;
    source.growTo(HEIGHT);
  }

  /** A member's disk up to this height, with a vote in view 0 for the next block, where there is one. */
  member(name: string, height = HEIGHT): string {
    const dataDir = join(this.root, name);
    const store = NodeStore.open({ dataDir: mkdirOf(dataDir), genesis: this.source.genesis, author: 1 });
    for (const commit of this.source.commits.slice(0, height)) store.append([{ kind: 'certified', commit }]);
    const next = this.source.commits[height]?.certified.block;
    if (next !== undefined) {
      const vote = { height: height + 1, view: 0, hash: blockHash(next), block: encodeBlock(next) };
      store.append([{ kind: 'prepared', ...vote }]);
    }
    store.close();
    return dataDir;
  }

  /** Writes into a member's journal as its own code would. */
  append(dataDir: string, entries: Parameters<NodeStore['append']>[0]): void {
    const store = NodeStore.open({ dataDir, genesis: this.source.genesis, author: 1 });
    store.append(entries);
    store.close();
  }

  archive(): string {
    const dataDir = join(this.root, 'archive');
    const archive = Archive.open({ dataDir: mkdirOf(dataDir), genesis: this.source.genesis });
    archive.append(this.source.commits.slice(0, HEIGHT));
    archive.close();
    return dataDir;
  }

  sql(dataDir: string, statement: string, ...values: SQLInputValue[]): void {
    const database = new DatabaseSync(join(dataDir, 'cairn.sqlite'));
    database.prepare(statement).run(...values);
    database.close();
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function mkdirOf(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}
