// Where a bucket is, as `BLOBS` says it.

export type S3Place = {
  bucket: string
  region: string
  /** What keys are appended to; ends with a slash. */
  url: URL
}

/**
 * Reads `s3://bucket?region=…&endpoint=…&path_style=…`. Without `endpoint` it is Amazon's, with the bucket in the host
 * name; with one (MinIO, Ceph, …) the bucket is the path's beginning, unless `path_style=false`.
 * `region` is by default `usualRegion`. Throws RangeError with what is wrong.
 */
export function parseS3Place(text: string, usualRegion = 'us-east-1'): S3Place {
  const { protocol, hostname: bucket, pathname, searchParams } = new URL(text)
  if (protocol !== 's3:' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    throw new RangeError('it names no bucket')
  if (pathname !== '' && pathname !== '/')
    throw new RangeError('a path is not used: give attachments a bucket of their own')
  const {
    region = usualRegion,
    endpoint,
    path_style = String(endpoint !== undefined),
    ...unknown
  } = Object.fromEntries(searchParams)
  if (Object.keys(unknown).length > 0) throw new RangeError(`unknown: ${Object.keys(unknown).join(', ')}`)
  if (path_style !== 'true' && path_style !== 'false') throw new RangeError('path_style is true or false')
  if (!/^[a-z0-9-]+$/.test(region)) throw new RangeError('region is a name like eu-central-1')
  const url = endpointUrl(endpoint ?? `https://s3.${region}.amazonaws.com`)
  if (path_style === 'true') url.pathname += `${bucket}/`
  else url.hostname = `${bucket}.${url.hostname}`
  return { bucket, region, url }
}

function endpointUrl(text: string): URL {
  const url = URL.parse(text)
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  if (!isPlain) throw new RangeError('endpoint is a URL like https://minio.example.org:9000')
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
