/** Every code by which this package refuses a document; docs/errors.md is made from this table. */
export const VERIFY_ERRORS = {
  VERIFY_DOCUMENT_MALFORMED: {
    meaning: 'The document is no attestation: neither its JSON nor its CBOR form.',
    remedy: 'Pass the document as the API served it; the cause says which field is wrong.',
  },
  VERIFY_DOCUMENT_EXCEEDED: {
    meaning: 'The document is longer than any attestation; it was refused before it was decoded.',
    remedy: 'Check the address it was read from.',
  },
  VERIFY_TRUST_INVALID: {
    meaning: 'What the verifier was told to trust is unusable: a malformed genesis document, network id or group key.',
    remedy: "Take the network id from the network's operators, and the genesis document from anywhere.",
  },
  VERIFY_TRUST_MISMATCH: {
    meaning: 'The genesis document does not hash to the trusted network id, or names another group key.',
    remedy: 'Fetch the genesis document of that network; if several sources disagree with the id, distrust the id.',
  },
  VERIFY_OPTIONS_INVALID: {
    meaning: 'A freshness bound was given without the present time, or a bound is not a positive number.',
    remedy: 'Give nowMs together with maxAgeMs.',
  },
  VERIFY_NETWORK_MISMATCH: {
    meaning: 'The attestation is of another network than the trusted one.',
    remedy: 'Check which network the consumer is configured for.',
  },
  VERIFY_GROUP_KEY_MISMATCH: {
    meaning: 'The attestation names another group key than the trusted one.',
    remedy: 'Do not use it. The trusted key follows from the network id, never from the attestation.',
  },
  VERIFY_CHECKPOINT_MALFORMED: {
    meaning: 'The checkpoint note cannot be parsed.',
    remedy: 'Keep the note byte for byte, its last newline too.',
  },
  VERIFY_CHECKPOINT_MISMATCH: {
    meaning: 'The checkpoint note is of another network, or of another network name, than the attestation says.',
    remedy: 'Do not use it: the parts were put together from several documents.',
  },
  VERIFY_SIGNATURE_INVALID: {
    meaning: 'The group signature over the checkpoint does not verify under the trusted key.',
    remedy: 'Do not use it: the committee did not sign this.',
  },
  VERIFY_HEADER_MALFORMED: {
    meaning: 'The block header is not in its fixed layout.',
    remedy: 'Check that all 352 (or 448) bytes were copied.',
  },
  VERIFY_HEADER_MISMATCH: {
    meaning: 'The header is not the one that the checkpoint names: another hash, height or network.',
    remedy: 'Do not use it: the header was changed or exchanged.',
  },
  VERIFY_RULES_UNKNOWN: {
    meaning: 'The header was made under rules that this verifier does not know.',
    remedy: 'Upgrade the verifier.',
  },
  VERIFY_INCLUSION_INVALID: {
    meaning: 'The proof does not show the subject under the root in the header.',
    remedy: 'Do not use it: the subject or its proof was changed.',
  },
  VERIFY_SUBJECT_MALFORMED: {
    meaning: 'The report in the attestation is no COSE_Sign1 report.',
    remedy: 'Keep the report byte for byte.',
  },
  VERIFY_SUBJECT_INVALID: {
    meaning: 'The device did not sign the report, or the result contradicts itself.',
    remedy: 'Do not use it. If inclusion holds, the committee broke its rules: keep the document as evidence.',
  },
  VERIFY_FRESHNESS_EXCEEDED: {
    meaning: 'The attestation is sound but older than the consumer allows.',
    remedy: 'Fetch the latest one; if there is none, the feed has stopped.',
  },
  VERIFY_FRESHNESS_OUT_OF_RANGE: {
    meaning: "The attestation is of a time that is ahead of the verifier's clock.",
    remedy: 'Check the clock of this machine.',
  },
  VERIFY_ANCHOR_MISSING: {
    meaning: 'The chain was to be asked, but the attestation is not anchored.',
    remedy: 'Fetch it again when a later checkpoint has been anchored.',
  },
  VERIFY_ANCHOR_MALFORMED: {
    meaning: 'The anchored checkpoint note cannot be parsed.',
    remedy: 'Fetch the attestation again, from another aggregator.',
  },
  VERIFY_ANCHOR_MISMATCH: {
    meaning: 'The anchored checkpoint is of another network, or its size does not fit the log proof.',
    remedy: 'Fetch the attestation again, from another aggregator.',
  },
  VERIFY_ANCHOR_SIGNATURE_INVALID: {
    meaning: 'The group signature over the anchored checkpoint does not verify under the trusted key.',
    remedy: 'Fetch the attestation again, from another aggregator.',
  },
  VERIFY_ANCHOR_PROOF_INVALID: {
    meaning: 'The log proof does not show the header as a leaf of the anchored tree.',
    remedy: 'Fetch it again. If both checkpoints are signed and no proof exists, history was rewritten: keep both.',
  },
  VERIFY_CONSISTENCY_INVALID: {
    meaning: 'The proof does not show the smaller log as a prefix of the larger one.',
    remedy: 'If both checkpoints are signed and no proof exists, history was rewritten: keep both and publish them.',
  },
} as const;

/** A code of this package. */
export type VerifyErrorCode = keyof typeof VERIFY_ERRORS;
