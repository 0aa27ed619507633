import { networkCompliance } from './testing/index.ts';
import { startLibp2pCommittee } from './testing/libp2p-committee.ts';

networkCompliance('the libp2p adapter', startLibp2pCommittee);
