// The canary: what each process sends so that silence can be told from having nothing to say.

/** `beat` every 250 ms; `bye` before a clean end; `missed` after more failed publications than could be remembered. */
export type CanaryKind = 'beat' | 'bye' | 'missed'

/** `instance` is new at every start of a process, so that a quick restart is seen as one gone and one come. */
export type Canary = { kind: CanaryKind; instance: string; replicaId: string; count: number }

export type PeerLoss = { replicaId: string; reason: 'silent' | 'gap' | 'overflow' }

export function encodeCanary(canary: Canary): Buffer {
  return Buffer.from(JSON.stringify(canary))
}

/** Undefined for anything that is not a canary: another program may publish on our channel. */
export function decodeCanary(payload: Buffer): Canary | undefined {
  try {
    const { kind, instance, replicaId, count } = JSON.parse(payload.toString()) as Partial<Canary>
    const isKnown = kind === 'beat' || kind === 'bye' || kind === 'missed'
    if (!isKnown || typeof instance !== 'string' || typeof replicaId !== 'string') return undefined
    return typeof count === 'number' ? { kind, instance, replicaId, count } : undefined
  } catch {
    return undefined
  }
}

type Peer = { replicaId: string; heardMs: number; count: number | undefined }

/** Judges silence, own and the peers'. Pure: told the time, in monotonic milliseconds, by its caller. */
export class CanaryWatch {
  readonly #instance: string
  readonly #silentAfterMs: number
  readonly #peers = new Map<string, Peer>()
  #ownHeardMs = Number.NEGATIVE_INFINITY

  constructor(instance: string, silentAfterMs: number) {
    this.#instance = instance
    this.#silentAfterMs = silentAfterMs
  }

  get peers(): number {
    return this.#peers.size
  }

  /** Takes note of a canary. Returns the loss that it shows, if any. */
  hear(canary: Canary, nowMs: number): PeerLoss | undefined {
    const { instance, replicaId, count } = canary
    if (instance === this.#instance) {
      if (!this.isHeard(nowMs)) this.#expectAnew(nowMs)
      this.#ownHeardMs = nowMs
      return undefined
    }
    const before = this.#peers.get(instance)?.count
    if (canary.kind === 'bye') this.#peers.delete(instance)
    else this.#peers.set(instance, { replicaId, heardMs: nowMs, count })
    if (canary.kind === 'missed') return { replicaId, reason: 'overflow' }
    const isGap = before !== undefined && count !== before + 1 && this.isHeard(nowMs)
    return isGap ? { replicaId, reason: 'gap' } : undefined
  }

  /** Whether the own canary came back lately enough. */
  isHeard(nowMs: number): boolean {
    return nowMs - this.#ownHeardMs <= this.#silentAfterMs
  }

  /** The peers that fell silent, each told once. While the own canary is missing nobody else is blamed. */
  silentPeers(nowMs: number): PeerLoss[] {
    if (!this.isHeard(nowMs)) return []
    const lost: PeerLoss[] = []
    for (const [instance, peer] of this.#peers) {
      if (nowMs - peer.heardMs <= this.#silentAfterMs) continue
      this.#peers.delete(instance)
      lost.push({ replicaId: peer.replicaId, reason: 'silent' })
    }
    return lost
  }

  /** After the connection was lost: only a canary that comes from now on counts as heard. */
  forgetOwn(): void {
    this.#ownHeardMs = Number.NEGATIVE_INFINITY
  }

  /** The bus is back: the owner compares everything anyway, so what peers sent meanwhile is no news. */
  #expectAnew(nowMs: number): void {
    for (const peer of this.#peers.values()) {
      peer.heardMs = nowMs
      peer.count = undefined
    }
  }
}
