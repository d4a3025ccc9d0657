// The bounds of histograms.

/** Seconds: from a fast commit on a local disk to the deadline of a message (10 s). */
export const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Messages of a group, of which 500 is the most. */
export const groupBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500]
