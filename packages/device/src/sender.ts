import { sha256Hash } from '@cairn/crypto';
import { BoundedMap, CairnError, type Hash } from '@cairn/primitives';
import { readAttestationJson, type TrustRoot, verifyAttestation } from '@cairn/verify';
import type { DeviceErrorCode } from './errors.ts';
import { type Gateway, gatewayProblem, type ReportVerdict } from './gateway.ts';
import type { DeviceHost, DeviceOptions } from './options.ts';
import type { Outbox, QueuedReport } from './outbox.ts';

/** Told what becomes of reports; metrics, logs and progress lines hang here. All are optional. */
export interface DeviceObserver {
  readonly settled?: (reports: readonly QueuedReport[], gateway: string) => void;
  /** Refused for good, or dropped from a full queue: it will not be sent again. */
  readonly lost?: (report: QueuedReport, error: CairnError) => void;
  readonly failed?: (error: CairnError, retryInMs: number, gateway: string) => void;
}

/** Reasons that pass: the registration is still on its way, the clock of the network is behind, the node is full. */
const PASSING_CODES: ReadonlySet<string> = new Set(['unknown-device', 'deferred', 'limit-exceeded', 'window-full']);

/** Statuses that say: this request, not this gateway. */
const UNREADABLE: ReadonlySet<number> = new Set([400, 413, 422]);
const REFUSALS_MAX = 10_000;

interface SenderParts {
  readonly outbox: Outbox;
  readonly gateways: readonly Gateway[];
  readonly host: DeviceHost;
  readonly observer: DeviceObserver;
  /** With `settle: 'certified'`. */
  readonly trust: TrustRoot | undefined;
}

/** Carries an outbox to the gateways: one request at a time, the next gateway after a failure, pauses that grow. */
export class Sender {
  readonly #options: DeviceOptions;
  readonly #parts: SenderParts;
  #gatewayIndex = 0;
  #failures = 0;
  #requestReports: number;
  /** Which gateways refused a report that is still kept; forgotten when the report is, so no longer than the queue. */
  readonly #refusals = new BoundedMap<Hash, Set<number>>(REFUSALS_MAX);

  constructor(options: DeviceOptions, dependencies: SenderParts) {
    this.#options = options;
    this.#parts = dependencies;
    this.#requestReports = options.reportsPerRequest;
    // Devices that start together should not all lean on the first gateway.
    this.#gatewayIndex = Math.floor(dependencies.host.random() * dependencies.gateways.length);
  }

  get gateway(): Gateway {
    return this.#parts.gateways[this.#gatewayIndex] as Gateway;
  }

  /** Asks one gateway after the other, the one in use first. @throws what the last one threw, when all failed */
  async inTurn<T>(ask: (gateway: Gateway) => Promise<T>): Promise<T> {
    const { gateways } = this.#parts;
    for (let tried = 1; ; tried++) {
      try {
        return await ask(this.gateway);
      } catch (error) {
        if (!(error instanceof CairnError) || tried >= gateways.length) throw error;
        this.#gatewayIndex = (this.#gatewayIndex + 1) % gateways.length;
      }
    }
  }

  /** Sends until `signal` aborts. Never rejects for what gateways do. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#parts.outbox.filled(signal);
      if (!signal.aborted) await this.step(signal);
    }
  }

  /** Sends until nothing waits. @returns whether that was reached before `signal` aborted. */
  async flush(signal: AbortSignal): Promise<boolean> {
    while (this.#parts.outbox.size > 0 && !signal.aborted) await this.step(signal);
    return this.#parts.outbox.size === 0;
  }

  /** One request, and the pause after it when it did not bring all reports on. */
  async step(signal: AbortSignal): Promise<void> {
    const reports = this.#parts.outbox.head(this.#requestReports);
    const { settle, certifiedWaitMs } = this.#options;
    try {
      const wait = settle === 'certified' ? { waitMs: certifiedWaitMs } : {};
      const verdicts = await this.gateway.submit(reports, { ...wait, signal });
      const isDone = await this.#take(reports, verdicts);
      if (isDone) this.#succeeded();
      else await this.#pause(signal, new CairnError<DeviceErrorCode>('DEVICE_REPORT_INVALID', 'not taken yet'));
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      if (!signal.aborted) await this.#failed(error, reports, signal);
    }
  }

  /** @returns whether every report is settled, one way or the other. */
  async #take(reports: readonly QueuedReport[], verdicts: readonly ReportVerdict[]): Promise<boolean> {
    const settled = reports.filter((report, i) => this.#isSettled(report, verdicts[i] as ReportVerdict));
    await this.#settle(settled);
    if (settled.length > 0) this.#parts.observer.settled?.(settled, this.gateway.url);
    let isDone = true;
    for (const [i, report] of reports.entries()) {
      const verdict = verdicts[i] as ReportVerdict;
      if (verdict.status === 'refused') isDone = (await this.#refused(report, verdict)) && isDone;
      else if (!settled.includes(report)) isDone = false;
    }
    return isDone;
  }

  #isSettled(report: QueuedReport, verdict: ReportVerdict): boolean {
    if (this.#options.settle === 'acknowledged') return verdict.status !== 'refused';
    // "A Byzantine gateway may acknowledge and drop": only the group's signature settles this report.
    return verdict.status === 'certified' && this.#isAttested(report.id, verdict.attestation);
  }

  #isAttested(id: Hash, json: unknown): boolean {
    const { trust } = this.#parts;
    if (trust === undefined || json === undefined) return false;
    try {
      const attestation = readAttestationJson(json);
      const { subject } = attestation;
      const isOfReport = subject.kind === 'report' && sha256Hash(subject.report) === id;
      return isOfReport && verifyAttestation(attestation, trust).verified;
    } catch (error) {
      if (error instanceof CairnError) return false;
      throw error;
    }
  }

  /** @returns whether the report is given up; otherwise it stays and is tried again. */
  async #refused(report: QueuedReport, verdict: ReportVerdict): Promise<boolean> {
    const code = String(verdict.code ?? 'unknown').slice(0, 64);
    const isYoung = this.#parts.host.nowMs() - report.observedAt < this.#options.retryAgeMsMax;
    if (PASSING_CODES.has(code) && isYoung) return false;
    // What a lost acknowledgement leaves behind: the network has it.
    const isKnown = code === 'replayed' || code === 'duplicate';
    if (isKnown && this.#options.settle === 'acknowledged') {
      await this.#settle([report]);
      this.#parts.observer.settled?.([report], this.gateway.url);
      return true;
    }
    return this.#giveUp(report, code, this.#options.settle === 'acknowledged' ? 1 : this.#parts.gateways.length);
  }

  async #failed(error: CairnError, reports: readonly QueuedReport[], signal: AbortSignal): Promise<void> {
    const problem = gatewayProblem(error);
    if (problem !== undefined && UNREADABLE.has(problem.status)) {
      // Something in this request is refused as a whole: find it by halves, so that its neighbours get through.
      if (reports.length > 1) {
        this.#requestReports = Math.ceil(reports.length / 2);
        return;
      }
      await this.#giveUp(reports[0] as QueuedReport, problem.code, this.#parts.gateways.length);
    }
    await this.#pause(signal, error, problem?.retryAfterMs);
  }

  /** Loses a report once so many gateways have refused it: a single one may lie. */
  async #giveUp(report: QueuedReport, code: string, gatewaysNeeded: number): Promise<boolean> {
    const by = this.#refusals.get(report.id) ?? new Set();
    by.add(this.#gatewayIndex);
    this.#refusals.set(report.id, by);
    if (by.size < gatewaysNeeded) return false;
    await this.#settle([report]);
    const meta = { id: report.id, seq: report.seq, code };
    const why = `the network refused a report: ${code}`;
    this.#parts.observer.lost?.(report, new CairnError<DeviceErrorCode>('DEVICE_REPORT_INVALID', why, meta));
    return true;
  }

  async #pause(signal: AbortSignal, error: CairnError, askedMs = 0): Promise<void> {
    const { retryMsMin, retryMsMax } = this.#options;
    const grown = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(this.#failures++, 30));
    const pauseMs = Math.min(retryMsMax, Math.max(askedMs, grown * (0.5 + this.#parts.host.random() / 2)));
    this.#parts.observer.failed?.(error, pauseMs, this.gateway.url);
    await this.#parts.host.sleep(pauseMs, signal);
    // Whatever it was, another gateway may know better: it is up, or does not drop what it acknowledges.
    this.#gatewayIndex = (this.#gatewayIndex + 1) % this.#parts.gateways.length;
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#requestReports = Math.min(this.#options.reportsPerRequest, this.#requestReports * 2);
  }

  async #settle(reports: readonly QueuedReport[]): Promise<void> {
    for (const { id } of reports) this.#refusals.delete(id);
    await this.#parts.outbox.settle(reports.map(({ id }) => id));
  }
}
