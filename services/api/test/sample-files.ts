// The smallest files that are what their names say.
const ascii = (text: string) => Buffer.from(text, 'latin1')

function isoMedia(brand: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, 0, 0, 24]),
    ascii(`ftyp${brand}`),
    Buffer.alloc(4),
    ascii(`${brand}mif1`),
    ascii('rest'),
  ])
}

const png = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
  ascii('IHDR'),
  Buffer.alloc(17, 1),
  Buffer.from([0, 0, 0, 4]),
  ascii('IDATdata'),
  Buffer.alloc(4),
])
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), ascii('JFIF\0'), Buffer.alloc(64, 7)])

/** By ending. */
export const sampleFiles = {
  jpg: jpeg,
  jpeg,
  png,
  gif: ascii('GIF89a\x01\x00\x01\x00\x00\x00\x00;'),
  webp: Buffer.concat([ascii('RIFF'), Buffer.from([20, 0, 0, 0]), ascii('WEBPVP8 '), Buffer.alloc(12)]),
  mp4: isoMedia('isom'),
  mov: isoMedia('qt  '),
  heic: isoMedia('heic'),
  avif: isoMedia('avif'),
} as const

export const mediaTypes = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  heic: 'image/heic',
  avif: 'image/avif',
} as const

/** `bytes` as a form with one file, as a browser sends it. */
export function fileForm(bytes: Uint8Array, name: string, field = 'file'): FormData {
  const form = new FormData()
  form.append(field, new Blob([new Uint8Array(bytes)]), name)
  return form
}

/** A multipart body written by hand, for names and cuts that a browser would not send. */
export function rawForm(bytes: Uint8Array, disposition: string): { body: Buffer; contentType: string } {
  const body = Buffer.concat([
    Buffer.from(`--boundary\r\nContent-Disposition: ${disposition}\r\nContent-Type: image/jpeg\r\n\r\n`),
    bytes,
    ascii('\r\n--boundary--\r\n'),
  ])
  return { body, contentType: 'multipart/form-data; boundary=boundary' }
}
