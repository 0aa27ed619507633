import type { Role } from './metric-definition.ts';

/** `critical` takes the process out of service, `warning` wants a look, `info` is good to know. */
export type Severity = 'info' | 'warning' | 'critical';

export interface HealthDefinition {
  readonly roles: readonly Role[];
  readonly severity: Severity;
  /** What holds while the check is good. */
  readonly holds: string;
  readonly remedy: string;
}

/** Every health check of the house, by the label `name` of cairn_health_checks. */
export const HEALTH_DEFINITIONS = {
  quorum_connected: {
    roles: ['node'],
    severity: 'critical',
    holds: 'Enough members are connected to certify a block, this one included.',
    remedy: 'Check the addresses of the members, the firewall, and whether the others run.',
  },
  execution_matches: {
    roles: ['node'],
    severity: 'critical',
    holds: 'Execution of every certified block gave the certified header.',
    remedy: 'Keep the data directory for inquiry and start the member anew from its peers; it will not repair itself.',
  },
  key_share_valid: {
    roles: ['node'],
    severity: 'critical',
    holds: 'The key share on disk matches its public verification share.',
    remedy: 'Check the key file and its passphrase; without a valid share the member cannot sign.',
  },
  in_sync: {
    roles: ['node', 'aggregator'],
    severity: 'critical',
    holds: 'The process is at most two heights behind its peers.',
    remedy: 'Wait while it catches up; if the distance grows, look at disk, processor and peers.',
  },
  storage_writable: {
    roles: ['node', 'aggregator'],
    severity: 'critical',
    holds: 'The last write to disk succeeded.',
    remedy: 'Free space or mend the disk, then start the process again.',
  },
  height_advances: {
    roles: ['node', 'aggregator'],
    severity: 'warning',
    holds: 'A block was certified within the expected time, or there is nothing to agree on.',
    remedy: 'See which members take part: cairn_consensus_participation_missed_total.',
  },
  taking_part: {
    roles: ['node'],
    severity: 'warning',
    holds: 'The votes of this member are in recent certificates.',
    remedy: 'Compare the clock, the round trips and the load of this machine with the others.',
  },
  clock_in_step: {
    roles: ['node'],
    severity: 'warning',
    holds: 'The median offset to the clocks of the other members is below 0.5 s.',
    remedy: 'Run a time service such as chrony.',
  },
  peers_complete: {
    roles: ['node'],
    severity: 'info',
    holds: 'All members are connected.',
    remedy: 'Ask the operator of the missing member.',
  },
  event_loop_free: {
    roles: ['node', 'aggregator'],
    severity: 'warning',
    holds: 'Timers of the main thread fire within 0.5 s.',
    remedy: 'Give the process more processor time.',
  },
  sources_answer: {
    roles: ['aggregator'],
    severity: 'critical',
    holds: 'At least one node answers.',
    remedy: 'Check the addresses of the nodes and whether they run.',
  },
  anchor_recent: {
    roles: ['aggregator'],
    severity: 'warning',
    holds: 'The last anchor is younger than three intervals, or nothing new is to be anchored.',
    remedy: 'See chain_reachable and wallet_funded; anchoring catches up by itself.',
  },
  chain_reachable: {
    roles: ['aggregator'],
    severity: 'warning',
    holds: 'The RPC of the chain answers.',
    remedy: 'Check the RPC URL and its rate limit, or use another one.',
  },
  wallet_funded: {
    roles: ['aggregator'],
    severity: 'warning',
    holds: 'The fee payer can pay the next hundred anchors.',
    remedy: 'Send lamports to the fee payer.',
  },
} as const satisfies Readonly<Record<string, HealthDefinition>>;

export type HealthCheckName = keyof typeof HEALTH_DEFINITIONS;

/** The checks of one role. */
export type HealthCheckOf<Shown extends Role> = {
  [Name in HealthCheckName]: Shown extends (typeof HEALTH_DEFINITIONS)[Name]['roles'][number] ? Name : never;
}[HealthCheckName];
