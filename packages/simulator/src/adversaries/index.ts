/** Names of the behaviours that plans mix. */
export const BEHAVIOUR_NAMES = [] as const;
export type BehaviourName = string;
