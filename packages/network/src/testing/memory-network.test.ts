import { MemoryHub, networkCompliance, Recorder, testKey, testMembers, testSeed } from './index.ts';

networkCompliance('the in-memory double', async (count, limits = {}) => {
  const { members } = await testMembers(count);
  const hub = new MemoryHub();
  const startAs = async (publicKey: (typeof members)[number]['publicKey']) => {
    const recorder = new Recorder();
    const network = hub.start({ publicKey, members, networkTag: 'ab'.repeat(32), limits }, recorder);
    const others = members.filter((member) => member.publicKey !== publicKey);
    return { network, recorder, others };
  };
  const nodes = await Promise.all(members.map((member) => startAs(member.publicKey)));
  const ready = ({ recorder, others }: (typeof nodes)[number], kind: 'connected' | 'gossiping') =>
    recorder.until(() => recorder.in(kind).length === others.length, kind);
  await Promise.all(nodes.map((node) => ready(node, 'gossiping')));
  const started = [...nodes];
  return {
    nodes,
    async follower() {
      const node = await startAs(await testKey(testSeed('follower')));
      await ready(node, 'connected');
      return node;
    },
    async restart(index) {
      const node = await startAs(members[index]!.publicKey);
      started.push(node);
      await ready(node, 'gossiping');
      return node;
    },
    async stop() {
      await Promise.all(started.map(({ network }) => network.stop()));
    },
  };
});
