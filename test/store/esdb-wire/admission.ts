import gossip from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import messages, { type MemberInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Metadata, Server } from '@grpc/grpc-js';
import { type WireError, wireErrors } from './faults.ts';

/** Whom a wire server lets in, and what it says of the cluster that it is a node of. */

export type WireMember = {
  readonly port: number;
  /** A node that copies from the leader serves nobody yet. */
  readonly state: 'leader' | 'follower' | 'copying' | 'away';
};

export type Admission = {
  /** Each user's password; without users, everybody is let in. */
  readonly users?: ReadonlyMap<string, string> | undefined;
  /** All nodes of the cluster, as they are when asked. */
  readonly members?: (() => readonly WireMember[]) | undefined;
};

/** Why a call is refused before it is carried out. */
export const refusalOf = (metadata: Metadata, port: number, { users, members }: Admission): WireError | undefined => {
  const [sent] = metadata.get('authorization');
  if (users && sent === undefined) return wireErrors.accessDenied();
  if (users && ![...users].some((pair) => sent === basic(pair.join(':')))) return wireErrors.unauthenticated();
  const nodes = members?.() ?? [];
  if (nodes.some((node) => node.port === port && node.state === 'copying')) return wireErrors.notReady();
  if (!members || metadata.get('requires-leader').length === 0) return undefined;
  const leader = nodes.find(({ state }) => state === 'leader');
  if (leader === undefined) return wireErrors.noLeader();
  return leader.port === port ? undefined : wireErrors.notLeader(leader.port);
};

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

const states = messages.MemberInfo.VNodeState;
const stateOf = {
  leader: states.LEADER,
  follower: states.FOLLOWER,
  copying: states.CATCHINGUP,
  away: states.SHUTDOWN,
} as const satisfies Record<WireMember['state'], MemberInfo.VNodeState>;

/** Tells clients that know several hosts which of them to use. */
export const addGossip = (grpc: Server, members: () => readonly WireMember[]): void => {
  grpc.addService(gossip.GossipService, {
    read: (_: unknown, answer: (error: null, info: unknown) => void) => {
      const list = members().map(({ port, state }) => {
        const member = new messages.MemberInfo().setInstanceId(new shared.UUID().setString(crypto.randomUUID()));
        member.setState(stateOf[state]).setIsAlive(state !== 'away');
        return member.setHttpEndPoint(new messages.EndPoint().setAddress('127.0.0.1').setPort(port));
      });
      answer(null, new messages.ClusterInfo().setMembersList(list));
    },
  });
};
