import type { Fault } from './plan.ts';

/** What joins the members of a run, and can be broken. */
export interface Wiring {
  /** A command that starts the member where it belongs. */
  launcher(member: number): readonly string[];
  /** Where it listens for members and for HTTP. */
  listenArgs(member: number): readonly string[];
  /** Where `member` finds the others, by their index. */
  peerAddresses(member: number): ReadonlyMap<number, string>;
  httpUrl(member: number): string;
  /** @returns what heals it. */
  apply(fault: Fault): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
