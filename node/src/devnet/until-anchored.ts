import { CairnError } from '@cairn/primitives';
import { type Genesis, networkIdOf } from '@cairn/protocol';
import { awaitAnchoredReport } from './await-anchored.ts';
import type { Devnet } from './devnet.ts';
import type { DevnetState } from './devnet-state.ts';
import { localUrl, verifySpec } from './programs.ts';

/** What `--until anchored` prints. */
export interface DevnetSummary {
  readonly networkId: string;
  readonly groupKey: string;
  readonly height: number;
  /** Certified since this start. */
  readonly reports: number;
  readonly anchoredSlot: number;
  readonly anchorSignature: string;
  readonly verified: boolean;
  readonly seconds: number;
}

/**
 * Waits for a report that one of our devices made in this run to stand under an anchor, and has a program of its own
 * verify it, the chain asked, from the network id that the members' genesis document has.
 * @throws DEVNET_VERIFICATION_INVALID; the signal's reason
 */
export async function untilAnchored(devnet: Devnet, genesis: Genesis, signal: AbortSignal): Promise<DevnetSummary> {
  const { context, model, group } = devnet;
  const { startedAt } = model.state;
  const networkId = networkIdOf(genesis);
  const { groupKey } = genesis;
  const found = await awaitAnchoredReport({
    aggregatorUrl: localUrl(context.ports.aggregator),
    reportIds: () => devnet.ownReports.ids,
    observedFrom: startedAt,
    signal,
  });
  const file = context.data.write(`${JSON.stringify(found.document, null, 2)}\n`, 'attestation.json');
  const output: string[] = [];
  const child = group.start({
    ...verifySpec(context, { file, networkId, groupKey }),
    onOutput: (line) => output.push(line),
  });
  const { code } = await child.exited;
  const verified = code === 0 && isVerified(output.join('\n'));
  if (!verified) {
    throw new CairnError(
      'DEVNET_VERIFICATION_INVALID',
      `cairn verify refused ${file}:\n${child.lastLines().join('\n')}`,
    );
  }
  const { state } = model;
  const { header, anchor } = found;
  return {
    networkId,
    groupKey,
    // the screen may lag behind what was just proven
    height: Math.max(state.height, header.height),
    reports: Math.max(state.reports, 1),
    anchoredSlot: anchor.slot,
    anchorSignature: anchor.transaction,
    verified,
    seconds: Math.round((Date.now() - startedAt) / 100) / 10,
  };
}

function isVerified(output: string): boolean {
  try {
    return (JSON.parse(output) as { readonly verified?: unknown }).verified === true;
  } catch {
    return false;
  }
}

/** @returns what was not there when the time was over. */
export function whatIsMissing(state: DevnetState): string {
  if (state.groupKey === null) return 'the members have no group key yet';
  if (state.height === 0) return 'no block is certified yet';
  if (state.reports === 0) return `height ${state.height}, but no report of a device is certified yet`;
  if (state.anchor === null) return `${state.reports} reports are certified, but no anchor is confirmed yet`;
  return `anchored to height ${state.anchor.treeSize - 1}, but no report of our own devices is under it yet`;
}
