// What a process costs, as Linux counts it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** CPU seconds, user and system, since the process began; 0 where there is no /proc. Ticks are 10 ms. */
export function cpuSeconds(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100
}

/** Resident memory in MiB; 0 where there is no /proc. */
export function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
}

/** Puts a process, with all of its threads, on one core. */
export function pinTo(pid: number, core: number): void {
  execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** CPU seconds of a process and all of its children, those that have ended too; 0 where there is no /proc. */
export function cpuSecondsOfFamily(pid: number): number {
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => statOf(name)[1] === String(pid))
  const [ended, endedInKernel] = [statOf(pid)[13], statOf(pid)[14]]
  const own = cpuSeconds(pid) + (Number(ended ?? 0) + Number(endedInKernel ?? 0)) / 100
  return children.reduce((sum, child) => sum + cpuSeconds(Number(child)), own)
}

/** The process that started `pid`. */
export function parentOf(pid: number): number {
  return Number(statOf(pid)[1] ?? 0)
}

/** The fields of /proc/{pid}/stat after the name: state, parent, … */
function statOf(pid: number | string): string[] {
  return read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? []
}
