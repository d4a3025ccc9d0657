// What every process of an installation is made of: the common half of the composition roots.
export { reasonOf } from './reasons.ts'
export { type LocalRooms, openReplica, type Replica, type ReplicaConfig } from './replica.ts'
export { createReplicaServer, type ReplicaServer } from './server.ts'
