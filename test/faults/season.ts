import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hash } from '@cairn/primitives';
import { demand } from '@cairn/simulator';
import { FaultNetwork } from './fault-network.ts';
import { ChainBook, type ChainPlace } from './invariants/chain-book.ts';
import { copyDatabase } from './invariants/disk-copy.ts';
import { readJournal } from './invariants/journal-view.ts';
import { ReportBook } from './invariants/report-book.ts';
import { demandStandstill, highestTip } from './invariants/standstill.ts';
import { VoteBook } from './invariants/vote-book.ts';
import { type Abilities, type Fault, type Round, stopsQuorum } from './plan.ts';
import { applyToProcesses, type Heal } from './process-faults.ts';
import { Workload } from './workload.ts';

const MEMBERS = [0, 1, 2, 3];
const DEVICES = 6;
const WATCH_MS = 400;
/** Liveness: what an operator may wait for. Generous, since machines of CI are slow; the usual is in the summary. */
const PROGRESS_MS = 90_000;
const FIRST_BLOCK_MS = 120_000;
const POLL_MS = 200;

export interface RoundResult {
  /** From the end of the faults until all members, the archive and a fresh report are up to date. */
  readonly recoveryMs: number;
  readonly height: number;
}

/** One network from its genesis on, over many rounds of faults, with everything it must keep true checked after each. */
export class Season {
  readonly network: FaultNetwork;
  readonly reports = new ReportBook();
  readonly votes = new VoteBook();
  readonly chain: ChainBook;
  readonly #workload: Workload;
  #watch: { stop(): Promise<void> } | undefined;
  /** Of the watch over journals: for the next step to throw. */
  #failure: unknown;

  private constructor(network: FaultNetwork, seed: number) {
    this.network = network;
    this.chain = new ChainBook({
      genesis: network.network.genesis,
      isSigned: (id) => this.reports.signed.has(id),
      onCertificate: (certificate, where) => this.votes.witness(certificate, where),
    });
    const urlOf = (member: number) => network.wiring.httpUrl(member);
    const { network: local } = network;
    this.#workload = new Workload({ seed, devices: DEVICES, network: local, urlOf, book: this.reports });
  }

  static async create(seed: number, abilities: Abilities): Promise<Season> {
    return new Season(await FaultNetwork.create(seed, abilities), seed);
  }

  /** Members, aggregator and devices are at work when this returns. */
  async start(): Promise<void> {
    await this.network.startAll();
    await this.#workload.register();
    this.#workload.start();
    this.#watch = this.#watchJournals();
    await this.#until('the first reports', FIRST_BLOCK_MS, async () => this.reports.acknowledged.size > 0);
    await this.#settle([...this.reports.acknowledged.keys()]);
  }

  /** Applies the faults, holds, heals, and checks. @throws Violation */
  async play({ faults, holdMs }: Round): Promise<RoundResult> {
    const heals: Heal[] = [];
    for (const fault of faults) heals.push(await this.#apply(fault));
    const isStopped = faults.some(({ kind }) => stopsQuorum(kind));
    const before = this.#maxTip();
    await sleep(holdMs);
    const after = this.#maxTip();
    if (isStopped) demandStandstill(before, after);
    this.#watchFailed();
    // after a violation nothing is healed: it is for somebody to look at
    for (const heal of heals.reverse()) await heal();
    return this.#recover();
  }

  /** Ends devices and processes, and reads every disk once more. @throws Violation */
  async finish(): Promise<void> {
    await this.#workload.stop();
    await this.#settle([...this.reports.acknowledged.keys()]);
    await this.#watch?.stop();
    this.#watchFailed();
    await this.network.stop();
    this.#copyStopped();
    await this.#readChains(true);
    this.reports.demandFates(this.chain.receipts, this.reports.acknowledged.keys());
  }

  /** After a violation: ends all processes and leaves their data, those of the small disk too. @returns where. */
  async keep(): Promise<string> {
    await this.#workload.stop();
    await this.#watch?.stop();
    await this.network.stop();
    for (const member of MEMBERS) copyDatabase(this.#dir(member), this.#copyDir(`member-${member}`));
    copyDatabase(this.network.archiveDir, this.#copyDir('archive'));
    return this.network.network.root;
  }

  async destroy(): Promise<void> {
    await this.#workload.stop();
    await this.#watch?.stop();
    await this.network.destroy();
  }

  async #apply(fault: Fault): Promise<Heal> {
    return (await applyToProcesses(fault, this.network)) ?? this.network.wiring.apply(fault);
  }

  async #recover(): Promise<RoundResult> {
    const healedAt = performance.now();
    const open = [...this.reports.acknowledged.keys()];
    const from = this.#maxTip();
    await this.#until('progress of all members', PROGRESS_MS, async () => {
      for (const member of MEMBERS) {
        demand(this.network.isRunning(member), 'running', () => `member ${member} ended by itself`);
      }
      demand(this.network.aggregator?.isRunning === true, 'running', () => 'the aggregator ended by itself');
      return MEMBERS.every((member) => readJournal(this.#dir(member), member).tipHeight > from);
    });
    await this.#settle(open);
    return { recoveryMs: performance.now() - healedAt, height: this.chain.height };
  }

  /** Waits until these reports and a later one have a fate in all chains. */
  async #settle(acknowledged: readonly Hash[]): Promise<void> {
    await this.#until('the fate of acknowledged reports', PROGRESS_MS, async () => {
      const heights = await this.#readChains();
      const isEven = Math.max(...heights) - Math.min(...heights) <= 10;
      return isEven && this.reports.open(this.chain.receipts, acknowledged).length === 0;
    }).catch((error: unknown) => {
      this.reports.demandFates(this.chain.receipts, acknowledged);
      throw error;
    });
  }

  /** @returns the heights of all members and of the archive. */
  async #readChains(isStopped = false): Promise<number[]> {
    const heights: number[] = [];
    for (const place of this.#places(isStopped)) heights.push(await this.chain.read(place));
    return heights;
  }

  #places(isStopped: boolean): ChainPlace[] {
    const places: ChainPlace[] = MEMBERS.map((member) => {
      const dataDir = isStopped ? this.#copyDir(`member-${member}`) : this.#dir(member);
      return { name: `member ${member}`, role: 'node', dataDir };
    });
    if (isStopped) copyDatabase(this.network.archiveDir, this.#copyDir('archive'));
    const dataDir = isStopped ? this.#copyDir('archive') : this.network.archiveDir;
    return [...places, { name: 'the archive', role: 'archive', dataDir }];
  }

  /** Reads what death left, before its owner sees it again. */
  #copyStopped(): void {
    for (const member of MEMBERS.filter((each) => !this.network.isRunning(each))) {
      const copy = this.#copyDir(`member-${member}`);
      if (copyDatabase(this.#dir(member), copy)) this.votes.see(readJournal(copy, member));
    }
  }

  #watchJournals(): { stop(): Promise<void> } {
    let isStopped = false;
    const done = (async () => {
      while (!isStopped && this.#failure === undefined) {
        for (const member of MEMBERS.filter((each) => this.network.isRunning(each))) this.#see(member);
        await sleep(WATCH_MS);
      }
    })();
    return {
      stop: () => {
        isStopped = true;
        return done;
      },
    };
  }

  #see(member: number): void {
    try {
      this.votes.see(readJournal(this.#dir(member), member));
    } catch (error) {
      if (!isPassing(error)) this.#failure ??= error;
    }
  }

  #watchFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Over all disks, also of those that do not run. */
  #maxTip(): number {
    this.#copyStopped();
    return highestTip(
      MEMBERS.map((member) => (this.network.isRunning(member) ? this.#dir(member) : this.#copyDir(`member-${member}`))),
    );
  }

  async #until(what: string, timeoutMs: number, isDone: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const done = await isDone().catch((error: unknown) => {
        if (isPassing(error)) return false;
        throw error;
      });
      if (done) return;
      this.#watchFailed();
      demand(Date.now() < deadline, 'progress', () => `waited ${timeoutMs / 1000} s in vain for ${what}`);
      await sleep(POLL_MS);
    }
  }

  #dir(member: number): string {
    return this.network.network.dataDir(member);
  }

  #copyDir(name: string): string {
    return join(this.network.network.root, 'copies', name);
  }
}

/** The file of a member that starts may not be there yet, or be locked while it is recovered. */
function isPassing(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && ['ERR_SQLITE_ERROR', 'STORAGE_LOCKED', 'STORAGE_DATA_MISSING'].includes(code);
}
