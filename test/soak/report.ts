// What a soak found, as tables for people.
import { linesOf } from '../replicas/findings.ts'
import type { Growth } from './growth.ts'
import { seconds } from './journal.ts'
import type { Soaked } from './soak.ts'

export function print({ minutes, findings, faults, growth, idle, leftovers }: Soaked): void {
  console.log(`\n${minutes.toFixed(1)} minutes\n${linesOf(findings).join('\n')}`)
  console.log('\nFaults, each at its worst, in seconds')
  console.table(
    faults.map(({ kind, times, lastedMs, unavailableMs, behindMs, repairMs }) => ({
      ...{ fault: kind, times, lasted: seconds(lastedMs), 'nobody could write': seconds(unavailableMs) },
      ...{ 'behind by': seconds(behindMs), 'well after': seconds(repairMs) },
    })),
  )
  const longest = faults.toSorted((a, b) => b.unavailableMs - a.unavailableMs)[0]
  if (longest) console.log(`Nobody could write for ${seconds(longest.unavailableMs)} s at most: ${longest.kind}`)
  console.log('\nMemory in the longest life of each process, after its warm-up, in MiB; the slope per hour (95 %)')
  console.table(growth.map(growthRow))
  console.log('\nHeld when nobody is there, before and after')
  console.table(idleRows(idle))
  for (const sentence of leftovers) console.log(`  left over: ${sentence}`)
}

function growthRow({ process, figure, hours, slope, first, last }: Growth) {
  const per = slope && `${signed(slope.perHour)} (${signed(slope.low)} to ${signed(slope.high)})`
  const says = slope && (slope.low > 0 ? 'grows' : slope.high < 0 ? 'shrinks' : '0 within noise')
  return {
    ...{ process, figure, 'life in minutes': (hours * 60).toFixed(1), first: first.toFixed(1), last: last.toFixed(1) },
    ...{ slope: per ?? 'too short a life', says: says ?? '' },
  }
}

function idleRows({ before, after }: Soaked['idle']) {
  return after.flatMap(({ process, figures }) => {
    const earlier = before.find(sample => sample.process === process)
    return Object.entries(figures).map(([figure, value]) => {
      return { process, figure, before: shown(earlier?.figures[figure]), after: shown(value) }
    })
  })
}

function shown(figure: number | undefined): string {
  return figure === undefined ? '' : figure.toFixed(Number.isInteger(figure) ? 0 : 1)
}

function signed(number: number): string {
  return `${number < 0 ? '' : '+'}${number.toFixed(1)}`
}
