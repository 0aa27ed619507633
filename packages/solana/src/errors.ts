/** Every code that this package raises; docs/errors.md is generated from it. */
export const SOLANA_ERRORS = {
  SOLANA_ANCHOR_INVALID: {
    meaning: 'The note in the memo does not verify under the group key, or the transaction failed on the chain.',
    remedy: 'Do not rely on this anchor; ask another aggregator, or wait for the next one.',
  },
  SOLANA_ANCHOR_MISMATCH: {
    meaning: 'The transaction anchors another checkpoint than the one that was claimed.',
    remedy: 'Ask for the attestation again; if it stays, the aggregator is wrong and another should be used.',
  },
  SOLANA_ANCHOR_MISSING: {
    meaning: 'The transaction carries no checkpoint note in an SPL Memo.',
    remedy: 'Check the transaction id; it is not an anchor.',
  },
  SOLANA_BALANCE_MISSING: {
    meaning: 'The fee payer holds less than the next anchor costs.',
    remedy: 'Send lamports to the fee payer address that the status shows.',
  },
  SOLANA_BASE58_MALFORMED: {
    meaning: 'A text is not base58 of the expected length.',
    remedy: 'Check the address, blockhash or transaction id for typing errors.',
  },
  SOLANA_CHECKPOINT_INVALID: {
    meaning: "A checkpoint's group signature does not verify, so it is not anchored.",
    remedy: 'Check that the group key belongs to this network.',
  },
  SOLANA_KEY_FILE_MALFORMED: {
    meaning: 'The fee payer file is not a Solana id.json: an array of 64 bytes whose halves belong together.',
    remedy: 'Point to a file made by solana-keygen, or to a path that does not exist, where one is made.',
  },
  SOLANA_LOCAL_CHAIN_INVALID: {
    meaning: 'The embedded chain did not start.',
    remedy: 'See the cause; a port may be taken, or the machine out of memory.',
  },
  SOLANA_LOCAL_CHAIN_MISSING: {
    meaning: 'The embedded chain has no binary for this machine.',
    remedy: 'Use Linux x64 with glibc and install optional dependencies, or name a Solana RPC URL instead.',
  },
  SOLANA_RPC_EXCEEDED: {
    meaning: 'The RPC answered with more bytes than such an answer may have.',
    remedy: 'Use another RPC URL.',
  },
  SOLANA_RPC_INVALID: {
    meaning: 'The RPC answered with an error of its own.',
    remedy: 'See rpcCode and reason; a refused transaction is tried again by itself.',
  },
  SOLANA_RPC_MALFORMED: {
    meaning: "The RPC's answer is not what JSON-RPC and this method promise.",
    remedy: 'Check that the URL is a Solana JSON-RPC endpoint.',
  },
  SOLANA_RPC_TIMEOUT: {
    meaning: 'The RPC did not answer in time.',
    remedy: 'Wait: anchoring catches up by itself; or use another RPC URL.',
  },
  SOLANA_RPC_UNREACHABLE: {
    meaning: 'The RPC cannot be reached, or turns requests away.',
    remedy: 'Check the URL and its rate limit; anchoring catches up by itself once it answers.',
  },
  SOLANA_TRANSACTION_EXCEEDED: {
    meaning: 'An anchor does not fit into one Solana transaction (1,232 bytes).',
    remedy: 'Anchor the note with the group signature only, without cosignatures.',
  },
  SOLANA_TRANSACTION_MALFORMED: {
    meaning: 'The bytes of a transaction cannot be read, or do not belong to its id.',
    remedy: 'Use another RPC URL.',
  },
  SOLANA_TRANSACTION_UNKNOWN: {
    meaning: 'The chain that this RPC follows does not have the transaction.',
    remedy: 'Check the RPC URL (which cluster?), or use one that keeps history.',
  },
} as const;

export type SolanaErrorCode = keyof typeof SOLANA_ERRORS;
