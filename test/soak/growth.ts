// Whether memory grows: a slope for each figure, over the longest life of each process.
import { median, min } from 'simple-statistics'
import type { Sample } from './samples.ts'
import { type Point, type Slope, slopeOf } from './slope.ts'

export type Growth = {
  process: string
  figure: string
  hours: number
  slope: Slope | null
  first: number
  last: number
}

/** Caches, compiled code and pools fill in this share of a life, and in no more than so long. */
const warmUp = { share: 0.25, hours: 1 / 6 }
const minute = 1 / 60

/** Of a heap the least in each minute is taken, which is what a collection left; of the rest the median. */
const figures: Record<string, (values: number[]) => number> = {
  'resident MiB': median,
  'heap reserved MiB': median,
  'heap used MiB': min,
  'external MiB': min,
}

export function growthOf(samples: readonly Sample[]): Growth[] {
  const processes = Map.groupBy(samples, ({ process }) => process)
  return [...processes].flatMap(([process, all]) => {
    const life = longestLife(all)
    const hours = life.at(-1)!.atHours - life[0]!.atHours
    const warm = life.filter(
      ({ atHours }) => atHours - life[0]!.atHours >= Math.min(hours * warmUp.share, warmUp.hours),
    )
    return Object.keys(figures).flatMap(figure => {
      const points = minutesOf(warm, figure)
      if (points.length === 0) return []
      const [first, last] = [points[0]!.value, points.at(-1)!.value]
      return [{ process, figure, hours, slope: slopeOf(points), first, last }]
    })
  })
}

function longestLife(samples: readonly Sample[]): Sample[] {
  const lives = [...Map.groupBy(samples, ({ life }) => life).values()]
  const length = (life: Sample[]) => life.at(-1)!.atHours - life[0]!.atHours
  return lives.toSorted((a, b) => length(b) - length(a))[0]!
}

/** One point a minute: samples that follow each other closely say the same thing twice. */
function minutesOf(samples: readonly Sample[], figure: string): Point[] {
  const minutes = Map.groupBy(samples, ({ atHours }) => Math.floor(atHours / minute))
  return [...minutes].flatMap(([n, all]) => {
    const values = all.flatMap(({ figures }) => figures[figure] ?? [])
    return values.length === 0 ? [] : [{ atHours: n * minute, value: figures[figure]!(values) }]
  })
}
