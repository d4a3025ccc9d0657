// Kubernetes' quantities of memory and disk.

/** In MiB; 0 where it is none of Mi and Gi. */
export function mebibytes(quantity: string | number | undefined): number {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(String(quantity)) ?? []
  return Number(number ?? 0) * (unit === 'Gi' ? 1024 : 1)
}
