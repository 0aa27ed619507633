import type { Hash, NetworkId, PublicKey, UnixMs } from '@cairn/primitives';
import type { Attestation, AttestationAnchor, AttestationSubject, InclusionProof, ResultKey } from '@cairn/protocol';
import type { ChainProofs } from './chain-proofs.ts';
import type { ChainReads } from './chain-reads.ts';
import { checkRead } from './checked-blob.ts';

/** Stands in every attestation. */
export interface AttestedNetwork {
  readonly networkName: string;
  readonly networkId: NetworkId;
  readonly groupKey: PublicKey;
}

/** What an attestation says of an anchor. */
export interface CoveringAnchor {
  readonly note: string;
  readonly treeSize: number;
  readonly chain: string;
  readonly slot: number;
  readonly blockTime: UnixMs | null;
  readonly transaction: string;
}

export interface AttestationDependencies {
  readonly chain: ChainReads;
  readonly proofs: ChainProofs;
  /** The anchor of the smallest tree that holds header `height`; null while there is none. */
  readonly anchorCovering: (height: number) => CoveringAnchor | null;
}

/** Puts attestations together: subject, inclusion proof, header, checkpoint and, once there is one, anchor (8). */
export class Attestations {
  readonly #network: AttestedNetwork;
  readonly #dependencies: AttestationDependencies;

  constructor(network: AttestedNetwork, dependencies: AttestationDependencies) {
    const { networkName, networkId, groupKey } = network;
    this.#network = { networkName, networkId, groupKey };
    this.#dependencies = dependencies;
  }

  /** @returns null while there is no such result. @throws STORAGE_CORRUPT */
  forResult(key: ResultKey): Attestation | null {
    const { chain, proofs } = this.#dependencies;
    const found = chain.result(key);
    if (found === null) return null;
    const inclusion = proofs.result(found);
    checkRead(inclusion !== null, `result ${found.height}/${found.position}`, 'proof');
    return this.#attest({ height: found.height, inclusion, subject: { kind: 'result', result: found.result } });
  }

  /** @returns null unless the report was accepted and its block is still kept whole. @throws STORAGE_CORRUPT */
  forReport(id: Hash): Attestation | null {
    const { chain, proofs } = this.#dependencies;
    const fate = chain.certifiedFate(id);
    if (fate === null || fate.reportIndex === null) return null;
    const inclusion = proofs.report({ height: fate.height, reportIndex: fate.reportIndex });
    const report = chain.itemBytes(id);
    if (inclusion === null || report === null) return null;
    return this.#attest({ height: fate.height, inclusion, subject: { kind: 'report', report } });
  }

  #attest(parts: {
    readonly height: number;
    readonly inclusion: InclusionProof;
    readonly subject: AttestationSubject;
  }): Attestation {
    const { height, inclusion, subject } = parts;
    const header = this.#dependencies.chain.headerBytes(height);
    const checkpoint = this.#dependencies.chain.note(height);
    checkRead(header !== null && checkpoint !== null, `block ${height}`, 'header and note');
    return { version: 1, ...this.#network, subject, inclusion, header, checkpoint, anchor: this.#anchor(height) };
  }

  #anchor(height: number): AttestationAnchor | null {
    const { anchorCovering, proofs } = this.#dependencies;
    const anchor = anchorCovering(height);
    if (anchor === null) return null;
    const { note, treeSize, chain, slot, blockTime, transaction } = anchor;
    return { checkpoint: note, proof: proofs.header({ height, treeSize }), chain, slot, blockTime, transaction };
  }
}
