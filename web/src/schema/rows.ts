export type Placed<T> = { item: T; width: number; height: number }

/** Lay pictures of given shapes into rows of one width. A row is closed when it is full, so that what is added later moves nothing. */
export function rows<T>(items: T[], shape: (item: T) => number, width: number, target: number, gap: number): Placed<T>[][] {
  const done: Placed<T>[][] = []
  let row: T[] = []
  let sum = 0
  const close = (height: number) => {
    done.push(row.map(item => ({ item, width: Math.floor(shape(item) * height * 100) / 100, height })))
    row = []
    sum = 0
  }
  for (const item of items) {
    row.push(item)
    sum += shape(item)
    const height = (width - gap * (row.length - 1)) / sum
    if (height <= target) close(height)
  }
  if (row.length) close(Math.min(target, (width - gap * (row.length - 1)) / sum))
  return done
}
