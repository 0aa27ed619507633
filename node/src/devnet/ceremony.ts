import { CairnError } from '@cairn/primitives';
import { type Genesis, networkIdOf } from '@cairn/protocol';
import { memberName } from './devnet-data.ts';
import type { DevnetModel } from './devnet-model.ts';
import { CEREMONY_STEPS, type CeremonyStep } from './devnet-state.ts';
import { LEVEL_WARN, parseLogLine, warningText } from './log-lines.ts';
import type { ProcessGroup } from './process-group.ts';
import { memberSpec, type ProgramContext } from './programs.ts';

export interface CeremonyDependencies {
  readonly group: ProcessGroup;
  readonly model: DevnetModel;
}

/**
 * Every member, in a process of its own, generates the group key with the others over the network, and writes its share
 * and the genesis document. @throws DEVNET_CEREMONY_INVALID
 */
export async function runCeremony(context: ProgramContext, { group, model }: CeremonyDependencies): Promise<Genesis> {
  const startedMs = performance.now();
  model.set({ phase: 'ceremony' });
  const ceremonies = Array.from({ length: context.data.nodes }, async (_, index) => {
    const child = group.start({
      ...memberSpec(context, index, ['dkg', 'run']),
      onOutput: (line) => tellStep(model, index, line),
      onLog: (line) => tellWarning(model, memberName(index), line),
    });
    model.setMember(index, { process: 'up' });
    const { code, signal } = await child.exited;
    if (group.isStopping) return;
    if (code === 0) return model.setMember(index, { ceremony: 'done', process: 'waiting' });
    model.setMember(index, { ceremony: 'aborted', process: 'down' });
    const end = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
    const last = child.lastLines().slice(-6).join('\n');
    throw new CairnError('DEVNET_CEREMONY_INVALID', `${child.name} ${end} before it had its key share:\n${last}`);
  });
  await Promise.all(ceremonies);
  const genesis = group.isStopping ? null : context.data.genesis();
  if (genesis === null) throw new CairnError('DEVNET_CEREMONY_INVALID', 'not every member has the genesis document');
  context.data.keepForGood();
  const ceremonyMs = performance.now() - startedMs;
  model.set({ ceremonyMs, groupKey: genesis.groupKey, networkId: networkIdOf(genesis) });
  return genesis;
}

/** A member tells `{event: "phase", phase}` as its part of the ceremony goes on, and `{event: "live"}` when it has its key. */
function tellStep(model: DevnetModel, index: number, line: string): void {
  const step = stepOf(line);
  if (step !== null) model.setMember(index, { ceremony: step });
}

function stepOf(line: string): CeremonyStep | null {
  try {
    const { event, phase } = JSON.parse(line) as { readonly event?: unknown; readonly phase?: unknown };
    if (event === 'live' || phase === 'lingering') return 'done';
    return CEREMONY_STEPS.find((step) => step === phase) ?? null;
  } catch {
    return null;
  }
}

/** Shows a warning of a process; what is no log line goes into its file only. */
export function tellWarning(model: DevnetModel, name: string, line: string): void {
  const parsed = parseLogLine(line);
  if (parsed !== null && parsed.level >= LEVEL_WARN) model.warn(name, warningText(parsed));
}
