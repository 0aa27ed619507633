import type { UnixMs } from '@cairn/primitives';
import { type DevnetState, type MemberView, RATE_SECONDS_MAX, WARNINGS_MAX } from './devnet-state.ts';

/** The one holder of the state; whoever learns something says so here. */
export class DevnetModel {
  readonly #now: () => UnixMs;
  readonly #anchors = new Set<string>();
  #state: DevnetState;
  #certified: number | null = null;

  constructor(initial: DevnetState, dependencies: { readonly now: () => UnixMs }) {
    this.#state = initial;
    this.#now = dependencies.now;
  }

  /** @returns the state as of now. */
  get state(): DevnetState {
    return { ...this.#state, now: this.#now() };
  }

  set(change: Partial<DevnetState>): void {
    this.#state = { ...this.#state, ...change };
  }

  setMember(index: number, change: Partial<MemberView>): void {
    const members = this.#state.members.map((member, at) => (at === index ? { ...member, ...change } : member));
    this.set({ members });
  }

  /** Where the chain stands as the member with the highest block sees it; it never goes back. */
  chainAt({ height, view, blockTime }: { height: number; view: number; blockTime: UnixMs }): void {
    if (height < this.#state.height) return;
    this.set({ height, view, blockTime: height > 0 ? blockTime : null });
  }

  /**
   * One call a second.
   * @param total accepted reports in certified blocks as a member counts them since its own start; null: nobody says.
   */
  certifiedReports(total: number | null): void {
    const before = this.#certified ?? 0;
    // a member that started again counts from 0
    const count = total === null ? 0 : Math.max(0, total - before);
    if (total !== null) this.#certified = Math.max(before, total);
    const reportsPerSecond = [...this.#state.reportsPerSecond, count].slice(-RATE_SECONDS_MAX);
    this.set({ reportsPerSecond, reports: this.#certified ?? 0 });
  }

  /** A confirmed anchor; the same one may come again. */
  anchored(anchor: NonNullable<DevnetState['anchor']>): void {
    this.#anchors.add(anchor.transaction);
    const isNewer = this.#state.anchor === null || anchor.treeSize >= this.#state.anchor.treeSize;
    // the time is that of the first sight, not of the last
    const isSame = this.#state.anchor?.transaction === anchor.transaction;
    this.set({ anchorCount: this.#anchors.size, ...(isNewer && !isSame ? { anchor } : {}) });
  }

  warn(source: string, text: string): void {
    const last = this.#state.warnings.at(-1);
    if (last?.source === source && last.text === text) return;
    this.set({ warnings: [...this.#state.warnings, { at: this.#now(), source, text }].slice(-WARNINGS_MAX) });
  }
}
