/**
 * `pnpm bench intake [--json] [--seconds N]`: reports attested per second by four members on this machine, and what each
 * costs each member in processor time, as a multiple of one libsodium verification measured in the same seconds. Reports
 * are signed ahead and come 256 to a request at all gateways. Bound: every member verifies every report once, so 1.0 is the
 * floor of the ratio; the rate is what the processors of this one machine, shared by all members, leave.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '@cairn/primitives/testing';
import { encodeCanonical } from '@cairn/protocol';
import { benchArgs, machineFacts, rounded, tell } from './bench-run.ts';
import { LoadNetwork } from './load-network.ts';
import { machineBusySeconds, type ProcessorTime } from './processor-time.ts';
import { VerificationCost } from './verification-cost.ts';

const MEMBERS = 4;
const DEVICES = 400;
const ROUNDS = 5;
const REPORTS_PER_REQUEST = 256;
const REQUESTS_PER_GATEWAY = 3;
/** Sent and not certified yet: enough to fill blocks, not so much that a backlog hides the rate. */
const UNDER_WAY_MAX = 8192;
const WARM_UP_REPORTS = 16_384;
/** Reports are observed within a second of when they are probably sent, well inside what a window waits. */
const EXPECTED_PER_SECOND = 4000;
const DRAIN_TIMEOUT_MS = 20_000;
const VERIFY_EVERY_MS = 200;

interface Round {
  readonly attested: number;
  readonly seconds: number;
  readonly verificationUs: number;
  /** Of one member and report, microseconds. */
  readonly reportUs: number;
  readonly threadUs: Readonly<Record<string, number>>;
  /** Processors of the machine that others kept busy. */
  readonly otherLoad: number;
}

const { isJson, seconds, profileDir } = benchArgs(
  'pnpm bench intake: attested reports per second, and the cost of each',
  30,
);
const load = await LoadNetwork.start({ members: MEMBERS, devices: DEVICES, profileDir });
const cost = new VerificationCost();
try {
  tell('warming up');
  await drive(signed(WARM_UP_REPORTS), Number.POSITIVE_INFINITY);
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    const round = await measure(seconds / ROUNDS);
    tell(
      `round ${index + 1} of ${ROUNDS}: ${Math.round(round.attested / round.seconds)} reports/s, ${ratioText(round)}`,
    );
    rounds.push(round);
  }
  print(rounds);
} finally {
  await load.stop();
}
process.exit();

async function measure(forSeconds: number): Promise<Round> {
  const requests = signed(Math.ceil(forSeconds * EXPECTED_PER_SECOND));
  const before = { attested: load.attested(), times: load.processorTimes(), busy: machineBusySeconds() };
  const own = process.cpuUsage();
  const startMs = performance.now();
  await drive(requests, forSeconds * 1000);
  const took = (performance.now() - startMs) / 1000;
  const attested = load.attested() - before.attested;
  const spent = load.processorTimes().map((time, member) => since(before.times[member] as ProcessorTime, time));
  const { user, system } = process.cpuUsage(own);
  const total = spent.reduce((sum, member) => sum + member.total, 0);
  const perReportUs = (memberSeconds: number) => (memberSeconds / MEMBERS / attested) * 1e6;
  const kinds = new Set(spent.flatMap(({ threads }) => [...threads.keys()]));
  const threadUs = [...kinds].map((kind) => {
    const ofKind = spent.reduce((sum, { threads }) => sum + (threads.get(kind) ?? 0), 0);
    return [kind, perReportUs(ofKind)] as const;
  });
  return {
    attested,
    seconds: took,
    verificationUs: cost.take(),
    reportUs: perReportUs(total),
    threadUs: Object.fromEntries(threadUs),
    otherLoad: Math.max(0, (machineBusySeconds() - before.busy - total - (user + system) / 1e6) / took),
  };
}

/** Requests for each gateway, in the order in which they go out; a device stays with its gateway. */
function signed(count: number): Uint8Array[][] {
  const perGateway = Math.ceil(count / REPORTS_PER_REQUEST / MEMBERS);
  const now = Date.now();
  return Array.from({ length: MEMBERS }, (_, gateway) => {
    const own = load.devices.filter((_, device) => device % MEMBERS === gateway);
    return Array.from({ length: perGateway }, (_, request) => {
      const observedAt = now + Math.floor((request * REPORTS_PER_REQUEST * MEMBERS * 1000) / EXPECTED_PER_SECOND);
      const reports = Array.from({ length: REPORTS_PER_REQUEST }, (_, i) =>
        own[(request * REPORTS_PER_REQUEST + i) % own.length]?.report({ observedAt }),
      );
      return encodeCanonical(reports as Uint8Array[]);
    });
  });
}

/** Sends until the time is over or nothing is left, and waits until all that was acknowledged is attested. */
async function drive(requests: readonly Uint8Array[][], forMs: number): Promise<void> {
  const endMs = performance.now() + forMs;
  const start = load.attested();
  let sent = 0;
  let acknowledged = 0;
  const sampling = setInterval(() => cost.sample(), VERIFY_EVERY_MS);
  const send = async (gateway: number): Promise<void> => {
    const queue = requests[gateway] as Uint8Array[];
    for (let body = queue.shift(); body !== undefined && performance.now() < endMs; body = queue.shift()) {
      while (sent - (load.attested() - start) > UNDER_WAY_MAX && performance.now() < endMs) await delay(10);
      sent += REPORTS_PER_REQUEST;
      const { status, body: answer } = await load.network.post(gateway, '/v1/reports', body);
      if (status !== 202) throw new Error(`member ${gateway} answered ${status}: ${JSON.stringify(answer)}`);
      const verdicts = answer.data.reports as { readonly status: string; readonly code?: string }[];
      for (const { status: verdict, code } of verdicts) {
        if (verdict !== 'accepted') throw new Error(`member ${gateway} refused a report: ${code}`);
        acknowledged += 1;
      }
    }
  };
  await Promise.all(
    requests.flatMap((_, gateway) => Array.from({ length: REQUESTS_PER_GATEWAY }, () => send(gateway))),
  );
  const deadlineMs = performance.now() + DRAIN_TIMEOUT_MS;
  while (load.attested() - start < acknowledged) {
    if (performance.now() > deadlineMs) {
      const missing = acknowledged - (load.attested() - start);
      throw new Error(`${missing} reports were not attested; refused: ${JSON.stringify(load.refused())}`);
    }
    await delay(10);
  }
  clearInterval(sampling);
}

function since(before: ProcessorTime, now: ProcessorTime): ProcessorTime {
  const threads = [...now.threads].map(([kind, total]) => [kind, total - (before.threads.get(kind) ?? 0)] as const);
  return { total: now.total - before.total, threads: new Map(threads) };
}

function ratioText({ reportUs, verificationUs }: Round): string {
  return `${rounded(reportUs, 1)} us a report and member, ${rounded(reportUs / verificationUs, 2)} verifications`;
}

function print(rounds: readonly Round[]): void {
  const of = (pick: (round: Round) => number, digits: number) => rounded(quantile(rounds.map(pick), 0.5), digits);
  const row = {
    name: `network::intake/n=${MEMBERS}`,
    reportsPerSecond: of((round) => round.attested / round.seconds, 0),
    attested: rounds.reduce((sum, { attested }) => sum + attested, 0),
    cpuUsPerReportPerMember: of((round) => round.reportUs, 1),
    verificationUs: of((round) => round.verificationUs, 1),
    cpuInVerifications: of((round) => round.reportUs / round.verificationUs, 2),
    otherLoad: of((round) => round.otherLoad, 2),
    rounds: rounds.length,
  };
  const kinds = [...new Set(rounds.flatMap(({ threadUs }) => Object.keys(threadUs)))].sort();
  const threads = kinds.map((kind) => ({
    thread: kind,
    usPerReport: of(({ threadUs }) => threadUs[kind] ?? 0, 1),
    inVerifications: of(({ threadUs, verificationUs }) => (threadUs[kind] ?? 0) / verificationUs, 2),
  }));
  console.log(`${row.name}: ${row.reportsPerSecond} reports/s attested, medians of ${row.rounds} rounds`);
  console.log(
    `each report costs each member ${row.cpuUsPerReportPerMember} us of processor time, ` +
      `${row.cpuInVerifications} times one libsodium verification (${row.verificationUs} us)`,
  );
  console.table(threads);
  console.log(`other programs kept ${row.otherLoad} of ${machineFacts().cores} processors busy`);
  if (isJson) console.log(JSON.stringify({ bench: 'intake', machine: machineFacts(), rows: [row], threads }));
}
