import type { GroupAssignment, GroupPartitionsAssigner, GroupPartitionsAssignments } from '@platformatic/kafka';

/** Assigns the partitions of each topic in contiguous ranges to the members in the order of their IDs. */
export const rangeAssigner: GroupPartitionsAssigner = (_current, members, topics, metadata) => {
  const ids = [...members.keys()].sort();
  const byMember = new Map<string, Map<string, GroupAssignment>>(ids.map((id) => [id, new Map()]));
  for (const topic of topics) {
    const subscribed = ids.filter((id) => members.get(id)?.topics?.includes(topic));
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    let next = 0;
    for (const [index, id] of subscribed.entries()) {
      const size = Math.floor(count / subscribed.length) + (index < count % subscribed.length ? 1 : 0);
      const partitions = Array.from({ length: size }, () => next++);
      if (size > 0) byMember.get(id)?.set(topic, { topic, partitions });
    }
  }
  return [...byMember].map(([memberId, assignments]): GroupPartitionsAssignments => ({ memberId, assignments }));
};
