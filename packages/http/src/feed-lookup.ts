import type { FeedDefinition } from '@cairn/protocol';
import type { AttestationPorts, Series } from './attestation-ports.ts';
import { httpError } from './problem.ts';

/** @throws HTTP_FEED_UNKNOWN */
export function feedOf(ports: Pick<AttestationPorts, 'feeds'>, id: string): FeedDefinition {
  const feed = ports.feeds().find((each) => each.id === id);
  if (feed === undefined) throw httpError('HTTP_FEED_UNKNOWN', 'the network has no feed of this name');
  return feed;
}

/** The series that a request means. @throws HTTP_GROUP_MISSING when the feed has groups and none is named. */
export function seriesOf(feed: FeedDefinition, group: string | undefined): Series {
  if (group === undefined && feed.groupResolution !== null) {
    throw httpError('HTTP_GROUP_MISSING', `feed ${feed.id} gives one result per group`);
  }
  return { feed: feed.id, group: group ?? '' };
}

/** `feed`, or `feed:group`: what updates are asked by. */
export function updateId({ feed, group }: Series): string {
  return group === '' ? feed : `${feed}:${group}`;
}
